// rlreason runs: what the store knows about, newest first.
#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/error.h"
#include "core/store/store.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"

namespace rlreason::cli {
namespace {

struct Options {
  store::RunFilter filter;
  std::string state;
  int64_t seed = -1;
  int64_t limit = 50;
};

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string took(const store::RunRow& row) {
  if (row.started_ms == 0) return "";
  const bool running = row.state == store::RunState::running;
  const int64_t end = running ? now_ms() : row.ended_ms;
  if (end < row.started_ms) return "";
  return terminal::format_duration(static_cast<double>(end - row.started_ms) / 1000.0);
}

nlohmann::json to_json(const store::RunRow& row) {
  return {{"uid", row.uid},
          {"name", row.name},
          {"kind", row.kind},
          {"recipe", row.recipe},
          {"setting", row.setting},
          {"seed", row.seed},
          {"identity", row.identity},
          {"state", store::to_string(row.state)},
          {"reason", row.reason},
          {"directory", row.directory},
          {"created_ms", row.created_ms},
          {"started_ms", row.started_ms},
          {"ended_ms", row.ended_ms},
          {"iteration", row.iteration},
          {"attempts", row.attempts}};
}

void print_json(const std::vector<store::RunRow>& rows) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& row : rows) list.push_back(to_json(row));
  fmt::print("{}\n", nlohmann::json{{"runs", list}}.dump(2, ' ', false,
                                                         nlohmann::json::error_handler_t::replace));
}

void print_table(const std::vector<store::RunRow>& rows, size_t limit) {
  using terminal::Align;
  terminal::Table table({{"run"},
                         {"kind"},
                         {"recipe"},
                         {"setting"},
                         {"seed", Align::right},
                         {"state"},
                         {"iteration", Align::right},
                         {"took", Align::right},
                         {"reason", Align::left, 40}});
  for (size_t i = 0; i < std::min(limit, rows.size()); ++i) {
    const auto& row = rows[i];
    table.add({std::filesystem::path(row.directory).filename().string(), row.kind, row.recipe,
               row.setting, std::to_string(row.seed), store::to_string(row.state),
               row.iteration < 0 ? "" : std::to_string(row.iteration), took(row),
               row.state == store::RunState::done ? "" : row.reason});
  }
  fmt::print("{}", table.text());
  if (rows.size() > limit)
    fmt::print("{} more; --limit {} shows all\n", rows.size() - limit, rows.size());
}

void list_runs(Options options, const Globals& globals) {
  if (!std::filesystem::exists(globals.store)) {
    if (globals.json) return print_json({});
    fmt::print("no runs yet: {} does not exist; rlreason train starts one\n",
               terminal::clean(globals.store.string()));
    return;
  }
  if (options.seed >= 0) options.filter.seed = static_cast<uint64_t>(options.seed);
  options.filter.state = store::run_state(options.state);
  const auto rows = store::open_up_to_date(globals.store).runs(options.filter);
  if (globals.json) return print_json(rows);
  if (rows.empty()) return fmt::print("no run fits\n");
  print_table(rows, static_cast<size_t>(options.limit));
}

const Register kEntry{
    "runs", "list runs, newest first", [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("--recipe", options->filter.recipe, "only of this recipe");
      app.add_option("--setting", options->filter.setting, "only of this setting");
      app.add_option("--kind", options->filter.kind, "only of this kind")
          ->check(CLI::IsMember({"prepare", "train", "evaluate"}));
      app.add_option("--state", options->state, "only in this state")
          ->check(CLI::IsMember({"planned", "running", "done", "failed", "preempted", "killed"}));
      app.add_option("--seed", options->seed, "only with this seed; -1 is any");
      app.add_option("--name", options->filter.name_glob, "only names that match, e.g. 'luffy*'");
      app.add_option("--experiment", options->filter.experiment, "only of this plan");
      app.add_option("--limit", options->limit, "rows in the table")
          ->check(CLI::Range(int64_t{1}, int64_t{1000000}));
      return [options, &globals] { list_runs(*options, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
