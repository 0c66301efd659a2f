// rlreason sweep watch: pages off a terminal, a screen with keys on one (sweeps/watch_view.h says what it shows).
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <sstream>

#include "cli/commands/sweep.h"
#include "cli/commands/sweep_look.h"
#include "core/error.h"
#include "core/process/signals.h"
#include "core/terminal/progress.h"
#include "core/terminal/screen.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/run_files.h"
#include "sweeps/watch_view.h"
#include "sweeps/why.h"

namespace rlreason::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using sweep::WatchPage;

constexpr double kLeastPageS = 10;  // off a terminal more pages would bury what they say
constexpr std::chrono::milliseconds kTick{100};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// --- pages, without keys ---

void watch_pages(const SweepOptions& options, const Globals& globals, sweep::OpenedPlan opened,
                 const sweep::PoolOptions& pool) {
  const bool live = terminal::stdout_is_terminal() && !globals.json && !options.once;
  const std::chrono::duration<double> every(live ? options.every_s
                                                 : std::max(options.every_s, kLeastPageS));
  while (true) {
    const auto store = store_to_ask(globals);
    const Seen seen = look(opened.plan, pool, store);
    if (globals.json)
      print_json(sweep_report_json(opened.plan, seen.report, seen.standing));
    else
      fmt::print("{}{}", live ? "\x1b[H\x1b[2J" : "",
                 watch_page(opened, seen, pool, store ? &*store : nullptr));
    std::fflush(stdout);
    if (options.once || seen.report.count(sweep::NodeState::reused) == seen.report.nodes.size())
      return;
    for (const auto until = Clock::now() + every; Clock::now() < until;
         std::this_thread::sleep_for(std::chrono::milliseconds(50)))
      if (process::stop_requested()) return;
    if (process::stop_requested()) return;
    if (opened.search) opened = open_plan(options, globals);  // it has grown
  }
}

// --- a screen with keys ---

using SharedPlan = std::shared_ptr<const sweep::OpenedPlan>;

struct Look {
  SharedPlan opened;  // a search grows from one look to the next
  sweep::WatchLook shown;
  std::string page;  // the same as text, for the terminal that is left behind
};

Look look_now(const SharedPlan& last, const SweepOptions& options, const sweep::PoolOptions& pool,
              const Globals& globals) {
  Look now;
  now.opened =
      last->search ? std::make_shared<const sweep::OpenedPlan>(open_plan(options, globals)) : last;
  const sweep::ExpandedPlan& plan = now.opened->plan;
  const auto store = store_to_ask(globals);
  const store::Store* asked = store ? &*store : nullptr;
  const Seen seen = look(plan, pool, store);
  now.shown.name = plan.plan.name;
  now.shown.rows = plan.rows;
  now.shown.seeds = plan.plan.seeds;
  now.shown.status = cell_states(plan, seen, asked);
  std::string notes = now.opened->search ? "\n" + trials_page(*now.opened) : "";
  if (asked != nullptr) notes += sweep::curves_text(*asked, plan, seen.report);
  notes += health_text(plan, seen, asked) + closing_line(plan, seen) + coordinator_text(pool);
  now.shown.notes = lines_of(notes.substr(notes.starts_with('\n') ? 1 : 0));
  now.page = status_text(plan, seen, asked) + notes;
  return now;
}

// What a person looks at first stands first.
std::vector<std::string> in_order(std::vector<std::string> metrics) {
  constexpr std::array<const char*, 4> kFirst{"rollout/reward", "train/loss", "rollout/entropy",
                                              "rollout/length"};
  const auto rank = [&](const std::string& metric) {
    return std::find(kFirst.begin(), kFirst.end(), metric) - kFirst.begin();
  };
  std::stable_sort(metrics.begin(), metrics.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return metrics;
}

class KeyboardWatch {
 public:
  KeyboardWatch(const SweepOptions& options, const Globals& globals, SharedPlan opened,
                const sweep::PoolOptions& pool)
      : options_(options),
        globals_(globals),
        opened_(std::move(opened)),
        pool_(pool),
        every_(options.every_s) {}

  // Returns the last page once the person leaves or a signal asks to.
  std::string run() {
    Look now = look_now(opened_, options_, pool_, globals_);
    opened_ = now.opened;
    std::future<Look>
        next;  // outlives the screen: its destructor waits for the look that is under way
    terminal::Screen screen;
    view_.settle(now.shown);
    sweep::WatchDetail detail = detail_of(now.shown);
    std::vector<terminal::ScreenLine> drawn;
    for (auto due = Clock::now() + every_; !screen.is_closed() && !process::stop_requested();) {
      if (auto frame = view_.frame(now.shown, detail, screen.size()); !same(frame, drawn))
        screen.draw(drawn = std::move(frame));
      const auto keys = screen.keys(kTick);
      for (const terminal::Key& key : keys) {
        const sweep::WatchAction action = view_.press(key, now.shown, detail);
        if (action == sweep::WatchAction::leave) return now.page;
        if (action == sweep::WatchAction::ask_to_stop) view_.say(ask_to_stop());
        detail = detail_of(now.shown);
      }
      if (!next.valid() && Clock::now() >= due)
        next = std::async(std::launch::async, [this, last = opened_] {
          return look_now(last, options_, pool_, globals_);
        });
      if (next.valid() && next.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
        now = next.get();
        opened_ = now.opened;
        due = Clock::now() + every_;
        view_.settle(now.shown);
        detail = detail_of(now.shown);
      }
    }
    return now.page;
  }

 private:
  static bool same(const std::vector<terminal::ScreenLine>& a,
                   const std::vector<terminal::ScreenLine>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
      return x.text == y.text && x.reversed == y.reversed;
    });
  }

  const sweep::PlanCell* chosen(const sweep::WatchLook& look) const {
    if (look.rows.empty() || look.seeds.empty()) return nullptr;
    for (const sweep::PlanCell& cell : plan().cells)
      if (cell.row == look.rows[view_.row()] && cell.seed == look.seeds[view_.seed()]) return &cell;
    return nullptr;
  }

  sweep::WatchDetail detail_of(const sweep::WatchLook& look) const {
    sweep::WatchDetail detail;
    const sweep::PlanCell* cell = chosen(look);
    if (cell == nullptr || view_.page() == WatchPage::table) return detail;
    const std::string name = fmt::format("{}/{}", cell->row, cell->seed);
    if (view_.page() == WatchPage::log) return log_of(*cell, name);
    if (view_.page() == WatchPage::curve) return curve_of(*cell, name);
    detail.title = "why " + name;
    const auto store = open_store();
    for (const sweep::Reason& reason :
         sweep::why(plan(), *cell, pool_.launch, store ? &*store : nullptr))
      detail.lines.push_back(fmt::format("{:<9} {:<12} {}",
                                         sweep::kind_name(plan().graph.specs[reason.node].kind),
                                         reason.state, reason.sentence));
    return detail;
  }

  fs::path directory_of(size_t node) const {
    return sweep::run_directory(plan().graph.specs[node], pool_.launch);
  }

  sweep::WatchDetail log_of(const sweep::PlanCell& cell, const std::string& name) const {
    const fs::path log =
        directory_of(view_.of_evaluation() ? cell.evaluate_node : cell.train_node) / "engine.log";
    sweep::WatchDetail detail;
    detail.title = fmt::format("{}  {}", name, log.string());
    detail.lines = sweep::last_lines(log);
    if (detail.lines.empty())
      detail.lines = {fs::exists(log) ? "the log is empty" : "there is no log yet"};
    return detail;
  }

  sweep::WatchDetail curve_of(const sweep::PlanCell& cell, const std::string& name) const {
    sweep::WatchDetail detail;
    const auto store = open_store();
    const nlohmann::json run = sweep::read_run(directory_of(cell.train_node));
    const auto row = store && !run.is_null() ? store->run(run.value("uid", "")) : std::nullopt;
    if (row) detail.metrics = in_order(store->metric_names(row->uid));
    const std::string metric = view_.metric(detail.metrics);
    if (metric.empty()) {
      detail.title = name + "  no curves yet";
      return detail;
    }
    for (const store::CurvePoint& point : store->curve(row->uid, metric))
      detail.curve.emplace_back(static_cast<double>(point.iteration), point.value);
    const auto at = std::find(detail.metrics.begin(), detail.metrics.end(), metric);
    detail.title = fmt::format("{}  {} {:.6g}  ({} of {})", name, metric,
                               detail.curve.empty() ? 0.0 : detail.curve.back().second,
                               at - detail.metrics.begin() + 1, detail.metrics.size());
    return detail;
  }

  std::optional<store::Store> open_store() const {
    if (!fs::exists(globals_.store)) return {};
    return store::Store::open(globals_.store, store::Mode::read_only);
  }

  // Once: the second signal would mean more than starting nothing more.
  std::string ask_to_stop() {
    const auto holder =
        sweep::coordinator_in(sweep::coordinator_folder(pool_.launch.runs_dir, pool_.key));
    if (!holder) return "nobody runs this plan";
    if (asked_ == holder->pid)
      return fmt::format("process {} was asked already; rlreason sweep stop {} --now asks for more",
                         holder->pid, plan().plan.given);
    try {
      sweep::ask_to_stop(*holder, sweep::StopHow::drain);
    } catch (const RefusedError& error) {
      return error.what();
    }
    asked_ = holder->pid;
    return fmt::format(
        "process {} was asked to start nothing more and leave when what runs has ended",
        holder->pid);
  }

  const sweep::ExpandedPlan& plan() const { return opened_->plan; }

  const SweepOptions& options_;
  const Globals& globals_;
  SharedPlan opened_;
  const sweep::PoolOptions& pool_;
  const std::chrono::duration<double> every_;
  sweep::WatchView view_;
  int64_t asked_ = 0;  // the process that was asked to stop
};

}  // namespace

void sweep_watch(const SweepOptions& options, const Globals& globals) {
  process::install_stop_signals();
  sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::PoolOptions pool = pool_options(opened.plan, options, globals);
  if (options.once || globals.json || !terminal::has_keyboard())
    return watch_pages(options, globals, std::move(opened), pool);
  process::before_exit_at_once(terminal::restore_screen);
  auto shared = std::make_shared<const sweep::OpenedPlan>(std::move(opened));
  fmt::print("{}", KeyboardWatch(options, globals, std::move(shared), pool).run());
}

}  // namespace rlreason::cli
