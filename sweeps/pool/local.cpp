#include "sweeps/pool/local.h"

#include <algorithm>
#include <map>
#include <thread>

#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/signals.h"
#include "core/store/store.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/pool/progress.h"
#include "sweeps/pool/readiness.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
namespace {

constexpr auto kTick = std::chrono::milliseconds(20);

class Pool {
 public:
  Pool(const train::Graph& graph, const PoolOptions& options)
      : graph_(graph),
        options_(options),
        report_(inspect(graph, options)),
        lines_(graph, options),
        slots_(options.slots, options.devices) {
    slots_.require(options.resources);
    options_.launch.resume = true;
    options_.launch.run_dir.clear();
    // A run that ended while nobody listened is not in the store yet; a folder that somebody gave is no run.
    if (options_.launch.store != nullptr)
      for (const NodeReport& node : report_.nodes)
        if (node.state == NodeState::reused && std::filesystem::exists(node.directory / "run.json"))
          options_.launch.store->ingest(node.directory);
  }

  PoolReport run() {
    while (true) {
      obey(process::stop_level());
      collect();
      skip_lost(graph_, report_);
      if (!draining_) start_ready();
      lines_.show(report_);
      if (running_.empty() && (draining_ || !any_ready(graph_, options_, report_))) break;
      std::this_thread::sleep_for(kTick);
    }
    if (draining_)
      for (NodeReport& node : report_.nodes)
        if (node.state == NodeState::todo && wanted(node)) node.state = NodeState::preempted;
    lines_.finish(report_);
    return report_;
  }

 private:
  void obey(int level) {
    draining_ |= level >= 1;
    for (auto& [node, process] : running_) {
      if (level >= 2) process->stop();
      if (level >= 3) process->kill();
    }
  }

  void collect() {
    for (auto it = running_.begin(); it != running_.end();) {
      if (!it->second->poll()) {
        ++it;
        continue;
      }
      settle(it->first, it->second->outcome());
      slots_.give_back(grants_.at(it->first));
      it = running_.erase(it);
    }
  }

  void settle(size_t node, const RunOutcome& outcome) {
    NodeReport& report = report_.nodes[node];
    constexpr NodeState kStates[] = {NodeState::done, NodeState::reused, NodeState::failed,
                                     NodeState::preempted};
    report.state = kStates[static_cast<size_t>(outcome.state)];
    report.sentence = outcome.sentence;
    report.seconds = outcome.seconds;
    report.directory = outcome.directory;
    // Preempted without our asking (somebody signalled the engine): it can go on, but not in this call.
    if (report.state == NodeState::preempted && !draining_) report.state = NodeState::failed;
    lines_.ended(node);
  }

  bool wanted(const NodeReport& node) const {
    return options_.wanted.empty() ||
           options_.wanted[static_cast<size_t>(&node - report_.nodes.data())];
  }

  bool somebody_works(size_t node) const {
    const fs::path& directory = report_.nodes[node].directory;
    return process::is_locked(directory) || has_worker(directory);
  }

  void start_ready() {
    for (size_t i = 0;
         i < graph_.specs.size() && running_.size() < static_cast<size_t>(options_.slots); ++i) {
      if (!is_ready(graph_, options_, report_, i)) continue;
      // Another plan may be making this very run: its result will do.
      if (somebody_works(i)) continue;
      const bool prepares = graph_.specs[i].kind == train::RunKind::prepare;
      const auto grant = slots_.take(prepares ? PlanResources{} : options_.resources);
      if (!grant) return;  // in order: a large run is not overtaken for ever
      grants_[i] = *grant;
      start(i);
      if (!running_.contains(i)) slots_.give_back(*grant);
      if (process::stop_requested()) return;
    }
  }

  void start(size_t node) {
    report_.nodes[node].state = NodeState::running;
    lines_.started(node);
    try {
      LaunchOptions launch = options_.launch;
      launch.environment = grants_.at(node).environment;
      if (options_.resources.cores > 0) launch.threads = options_.resources.cores;
      if (options_.show_progress)
        launch.on_step = [this, node](const train::RunSpec&, const LiveStep& step) {
          lines_.step(node, step);
        };
      running_[node] = std::make_unique<RunProcess>(graph_, node, launch);
    } catch (const Error& error) {
      if (somebody_works(node)) {  // who was a moment faster
        report_.nodes[node].state = NodeState::todo;
        return lines_.ended(node);
      }
      settle(node,
             {RunState::failed, error.code(), error.what(), report_.nodes[node].directory, 0});
    }
  }

  const train::Graph& graph_;
  PoolOptions options_;
  PoolReport report_;
  PoolLines lines_;
  std::map<size_t, std::unique_ptr<RunProcess>> running_;
  Slots slots_;
  std::map<size_t, Grant> grants_;
  bool draining_ = false;
};

}  // namespace

std::string_view to_string(NodeState state) {
  constexpr std::string_view kNames[] = {"todo",   "running", "done",     "reused",
                                         "failed", "skipped", "preempted"};
  return kNames[static_cast<size_t>(state)];
}

size_t PoolReport::count(NodeState state) const {
  return static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(),
                                           [&](const NodeReport& n) { return n.state == state; }));
}

PoolReport inspect(const train::Graph& graph, const PoolOptions& options) {
  PoolReport report;
  for (const train::RunSpec& spec : graph.specs) {
    NodeReport node;
    node.directory = options.launch.runs_dir / spec.directory();
    if (is_done(spec, node.directory)) node.state = NodeState::reused;
    report.nodes.push_back(std::move(node));
  }
  return report;
}

PoolReport run_local(const train::Graph& graph, const PoolOptions& options) {
  RLR_ENSURE(options.slots >= 1, "{} slots", options.slots);
  const fs::path coordinator = coordinator_folder(options.launch.runs_dir, options.key);
  process::make_directories(coordinator);
  const process::DirectoryLock lock(coordinator);
  return Pool(graph, options).run();
}

void throw_for(const train::Graph& graph, const PoolReport& report) {
  std::string failures;
  for (const NodeReport& node : report.nodes)
    if (node.state == NodeState::failed) failures += "\n  " + node.sentence;
  if (report.count(NodeState::preempted) > 0)
    throw PreemptedError(
        "stopped with {} of {} runs finished; the same command goes on from there{}{}",
        report.count(NodeState::done) + report.count(NodeState::reused), graph.specs.size(),
        failures.empty() ? "" : "; failed so far:", failures);
  if (failures.empty()) return;
  throw CellsFailedError(
      "{} of {} runs failed and {} that need them were skipped; mend the cause and give the same "
      "command "
      "again:{}",
      report.count(NodeState::failed), graph.specs.size(), report.count(NodeState::skipped),
      failures);
}

}  // namespace rlreason::sweep
