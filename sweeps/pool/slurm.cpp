#include "sweeps/pool/slurm.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/signals.h"
#include "core/store/store.h"
#include "core/terminal/progress.h"
#include "sweeps/pool/command.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/pool/readiness.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int kPatience = 20;  // rounds without an answer
constexpr const char* kFormat = "%F|%K|%T|%V|%j";

struct Submission {
  std::string name, array, submitted;  // array: "" until sbatch has answered
  std::vector<size_t> nodes;           // by index
};

struct Flight {
  size_t submission = 0;
  int64_t index = 0;
  int64_t missing = 0;  // rounds in which it was neither queued nor done
};

class SlurmPool {
 public:
  SlurmPool(const train::Graph& graph, const PoolOptions& options, const SlurmOptions& slurm)
      : graph_(graph),
        options_(options),
        slurm_(slurm),
        life_(slurm.grace),
        report_(inspect(graph, options)),
        bundle_(freeze(graph, options, slurm.program)),
        ledger_(bundle_.graph.parent_path() / "slurm.json"),
        progress_(options.name.empty() ? "sweep" : options.name, progress_options()) {
    options_.launch.resume = true;
    options_.launch.run_dir.clear();
    chunk_ = max_array_size(run_command({"scontrol", "show", "config"}));
    read_ledger();
    for (size_t i = 0; i < report_.nodes.size(); ++i)
      if (report_.nodes[i].state == NodeState::reused) ingest(i);
  }

  PoolReport run() {
    while (true) {
      const int level = process::stop_level();
      obey(level);
      look();
      skip_lost(graph_, report_);
      if (level == 0) submit_ready();
      show();
      if (level >= 3 || (flights_.empty() && (level > 0 || !any_ready(graph_, options_, report_))))
        break;
      wait_for_next_round(level);
    }
    if (process::stop_level() > 0)
      for (NodeReport& node : report_.nodes)
        if (node.state == NodeState::todo || node.state == NodeState::running)
          node.state = NodeState::preempted;
    progress_.finish(fmt::format("{} runs done in {} submissions, {} there before, {} failed",
                                 report_.count(NodeState::done), made_,
                                 report_.count(NodeState::reused),
                                 report_.count(NodeState::failed)));
    return report_;
  }

 private:
  terminal::ProgressOptions progress_options() const {
    terminal::ProgressOptions how;
    how.total = graph_.specs.size();
    how.start = report_.count(NodeState::reused);
    how.quiet = !options_.show_progress;
    return how;
  }

  void read_ledger() {
    if (!fs::exists(ledger_)) return;
    const json text = json::parse(process::read_file(ledger_), nullptr, false);
    if (!text.is_object() || text.value("graph", "") != bundle_.graph.filename().string()) {
      count_ = text.is_object() ? text.value("count", int64_t{0}) : 0;
      return;  // of another state of the plan: its jobs end by themselves
    }
    count_ = text.value("count", int64_t{0});
    for (const json& own : text.at("open")) {
      Submission submission{own.at("name"), own.at("array"), own.at("submitted"), own.at("nodes")};
      for (size_t i = 0; i < submission.nodes.size(); ++i)
        if (submission.nodes[i] < report_.nodes.size() &&
            report_.nodes[submission.nodes[i]].state == NodeState::todo)
          fly(submission.nodes[i], submissions_.size(), static_cast<int64_t>(i));
      submissions_.push_back(std::move(submission));
    }
  }

  void write_ledger() {
    json open = json::array();
    for (size_t s = 0; s < submissions_.size(); ++s) {
      const bool in_flight = std::any_of(flights_.begin(), flights_.end(),
                                         [&](const auto& f) { return f.second.submission == s; });
      const Submission& own = submissions_[s];
      if (in_flight || own.array.empty())
        open.push_back({{"name", own.name},
                        {"array", own.array},
                        {"submitted", own.submitted},
                        {"nodes", own.nodes}});
    }
    const json text = {
        {"graph", bundle_.graph.filename().string()}, {"count", count_}, {"open", open}};
    process::write_file_atomic(ledger_, text.dump(1) + "\n");
  }

  void fly(size_t node, size_t submission, int64_t index) {
    flights_[node] = {submission, index, 0};
    report_.nodes[node].state = NodeState::running;
  }

  void ingest(size_t node) {
    if (options_.launch.store == nullptr) return;
    try {
      if (fs::exists(report_.nodes[node].directory / "run.json"))
        options_.launch.store->ingest(report_.nodes[node].directory);
    } catch (const DataError&) {
      // A file that is being written: the next round takes it in.
    }
  }

  void settle(size_t node, NodeState state, const std::string& sentence) {
    report_.nodes[node].state = state;
    report_.nodes[node].sentence = sentence;
    flights_.erase(node);
    ingest(node);
  }

  // One call for everything that is in flight.
  using Queue = std::map<std::pair<std::string, int64_t>, std::string>;

  // Nothing when Slurm did not answer, as a busy controller does.
  std::optional<Queue> ask_queue() {
    std::vector<std::string> names;
    for (const Submission& own : submissions_) names.push_back(own.name);
    const auto answer =
        try_command({"squeue", "-h", "-r", "-t", "all",
                     fmt::format("--name={}", fmt::join(names, ",")), "-o", kFormat});
    if (!answer && ++silent_ > kPatience)
      throw UserError(
          "squeue: required an answer, none came {} times in a row; jobs go on, give the same "
          "command "
          "again when Slurm is well",
          silent_);
    if (!answer) return {};
    silent_ = 0;
    Queue states;
    bool learned = false;
    std::istringstream lines(*answer);
    for (std::string line; std::getline(lines, line);) {
      const size_t bar = line.rfind('|');
      const std::vector<SlurmElement> parsed = parse_squeue(line.substr(0, bar));
      if (parsed.empty()) continue;
      for (Submission& own : submissions_) {
        if (line.substr(bar + 1) != own.name) continue;
        // sbatch was killed before it answered: the name says which job it is.
        if (own.array.empty()) own.array = parsed.front().array;
        if (own.array != parsed.front().array) continue;
        if (own.submitted.empty()) {
          own.submitted = parsed.front().submitted;
          learned = true;
        }
        if (own.submitted == parsed.front().submitted)
          states[{own.array, parsed.front().index}] = parsed.front().state;
      }
    }
    if (learned) write_ledger();
    return states;
  }

  void look() {
    if (flights_.empty()) return;
    const auto states = ask_queue();
    std::vector<size_t> nodes;
    for (const auto& [node, flight] : flights_) nodes.push_back(node);
    for (const size_t node : nodes) {
      const Flight& flight = flights_.at(node);
      if (!states) {
        if (is_done(graph_.specs[node], report_.nodes[node].directory))
          settle(node, NodeState::done, "");
        continue;
      }
      const auto found = states->find({submissions_[flight.submission].array, flight.index});
      judge_flight(node, found == states->end() ? "" : found->second);
    }
  }

  void judge_flight(size_t node, const std::string& state) {
    const fs::path& directory = report_.nodes[node].directory;
    if (is_done(graph_.specs[node], directory)) return settle(node, NodeState::done, "");
    const std::string meaning = state.empty() ? "ended" : meaning_of(state);
    if (meaning != "ended") {
      flights_.at(node).missing = 0;
      if (meaning == "running") ingest(node);
      return;
    }
    if (++flights_.at(node).missing < 2) return;  // what it wrote may come after it
    const std::string result = result_state(directory);
    // Slurm has forgotten it, which says less than that it ended.
    if (state.empty() && result.empty() && life_.look(directory, false) != Life::lost) return;
    if (result == "failed")
      return settle(
          node, NodeState::failed,
          fmt::format("{}: {}", graph_.specs[node].directory(), result_reason(directory)));
    if (state == "OUT_OF_MEMORY" || state == "CANCELLED")
      return settle(node, NodeState::failed,
                    fmt::format("{}: Slurm says {}{}", graph_.specs[node].directory(), state,
                                state == "CANCELLED" ? "" : "; raise resources.memory_gib"));
    if (++tries_[node] > slurm_.retries)
      return settle(node, NodeState::failed,
                    fmt::format("{}: ended without a result {} times, last as {}",
                                graph_.specs[node].directory(), tries_[node],
                                state.empty() ? "gone from the queue" : state));
    settle(node, NodeState::todo, "");
  }

  void submit_ready() {
    std::vector<size_t> nodes;
    for (size_t i = 0; i < graph_.specs.size(); ++i) {
      if (!is_ready(graph_, options_, report_, i)) continue;
      if (graph_.specs[i].kind == train::RunKind::prepare) {
        prepare(i);
      } else {
        nodes.push_back(i);
      }
    }
    for (size_t begin = 0; begin < nodes.size(); begin += static_cast<size_t>(chunk_)) {
      const size_t end = std::min(nodes.size(), begin + static_cast<size_t>(chunk_));
      submit({nodes.begin() + static_cast<std::ptrdiff_t>(begin),
              nodes.begin() + static_cast<std::ptrdiff_t>(end)});
    }
  }

  void prepare(size_t node) {
    const RunOutcome outcome = run_node(graph_, node, options_.launch);
    const bool there = outcome.state == RunState::done || outcome.state == RunState::reused;
    settle(node, there ? NodeState::done : NodeState::failed, outcome.sentence);
  }

  // The intention is on disk before sbatch is called: a job whose id nobody heard is found by its name.
  void submit(const std::vector<size_t>& nodes) {
    const fs::path tasks = write_tasks(graph_, bundle_, options_, nodes);
    Submission own{fmt::format("rlr-{}-{}-{:.4}", options_.key.empty() ? "sweep" : options_.key,
                               count_++, process::nonce()),
                   "", "", nodes};
    const fs::path folder = bundle_.graph.parent_path() / "slurm";
    process::make_directories(folder);
    const fs::path script = folder / (own.name + ".sh");
    process::write_file_atomic(
        script,
        slurm_script(own.name, static_cast<int64_t>(nodes.size()), options_.resources, slurm_,
                     tasks, bundle_, fs::absolute(options_.launch.runs_dir).lexically_normal()));
    submissions_.push_back(own);
    for (size_t i = 0; i < nodes.size(); ++i)
      fly(nodes[i], submissions_.size() - 1, static_cast<int64_t>(i));
    write_ledger();
    const std::string answer = run_command({"sbatch", "--parsable", script.string()});
    submissions_.back().array = answer.substr(0, answer.find_first_of(";\n"));
    ++made_;
    write_ledger();
  }

  void obey(int level) {
    if (level <= obeyed_ || level < 2) return;
    obeyed_ = level;
    std::set<std::string> arrays;
    for (const auto& [node, flight] : flights_)
      arrays.insert(submissions_[flight.submission].array);
    for (const std::string& array : arrays) {
      if (array.empty()) continue;
      if (level == 2)
        try_command({"scancel", "--batch", "--signal=USR1", array});
      else
        try_command({"scancel", array});
    }
  }

  void wait_for_next_round(int level) {
    const auto until = std::chrono::steady_clock::now() + slurm_.poll;
    while (std::chrono::steady_clock::now() < until && process::stop_level() == level)
      std::this_thread::sleep_for(
          std::min<std::chrono::milliseconds>(slurm_.poll, std::chrono::milliseconds(100)));
  }

  void show() {
    const size_t there = report_.count(NodeState::done) + report_.count(NodeState::reused);
    progress_.update(there, fmt::format("{} in Slurm  {} failed", flights_.size(),
                                        report_.count(NodeState::failed)));
  }

  const train::Graph& graph_;
  PoolOptions options_;
  SlurmOptions slurm_;
  LifeWatch life_;
  PoolReport report_;
  Bundle bundle_;
  fs::path ledger_;
  terminal::Progress progress_;
  std::vector<Submission> submissions_;
  std::map<size_t, Flight> flights_;
  std::map<size_t, int64_t> tries_;
  int64_t chunk_ = 1, count_ = 0, made_ = 0;
  int obeyed_ = 0, silent_ = 0;
};

}  // namespace

PoolReport run_slurm(const train::Graph& graph, const PoolOptions& options,
                     const SlurmOptions& slurm) {
  const fs::path coordinator = coordinator_folder(options.launch.runs_dir, options.key);
  process::make_directories(coordinator);
  const process::DirectoryLock lock(coordinator);
  return SlurmPool(graph, options, slurm).run();
}

}  // namespace rlreason::sweep
