// Running one node of a graph: a run directory with run.json, the engine as a supervised child, live ingest.
//
// The only place that starts `rlreason-engine`: `train`, `evaluate` and the pool of `sweep` come through here.  A node
// whose result.json says "done" under the same identity and seed is reused and nothing is touched.  Prepare nodes run in
// this process.  Not here: which node runs when (pool/local.h), what a run is (trainers/catalog/run_spec.h).
//
//   D = runs_dir/<spec.directory()>    run.json (once, atomic)   engine.log (the child's output)   result.json (by the engine)
//   worker.json: the process that works in it (pool/liveness.h).  producers in run.json are {role, identity, path}: path is the producer's run directory relative to D's parent.
//
// Errors: RefusedError for a directory that holds another run or an unfinished one without `resume`; UserError when there
// is no engine; a child that fails is an outcome with its sentence, not an exception.
// Thread safety: one RunProcess is used by one thread; several may live side by side.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::store {
class Store;
}

namespace rlreason::sweep {

enum class RunState { done, reused, failed, preempted };

// The newest record of a running child, for live lines.
struct LiveStep {
  int64_t iteration = -1;  // -1: nothing written yet
  nlohmann::json values =
      nlohmann::json::object();  // metric name -> number (runlog number encoding)
  nlohmann::json evaluation;     // newest heartbeat of an evaluation: {suite, done, total, right, all_done, all_total}
};

struct LaunchOptions {
  std::filesystem::path runs_dir = "runs";
  std::filesystem::path
      run_dir;  // this directory instead of runs_dir/<directory()>; run_with_needs: the last node only
  std::filesystem::path engine;   // empty: rlreason-engine beside this program
  store::Store* store = nullptr;  // ingests about twice a second and at the end; none when null
  bool resume = false;            // go on with an interrupted run instead of refusing its directory
  std::vector<std::filesystem::path> inherit;  // evaluations whose samples this one takes over
  int64_t threads =
      0;  // OMP_NUM_THREADS of the child; 0: the configuration's `threads`, else the machine's cores
  std::vector<std::pair<std::string, std::string>> environment;  // of the child, added or replaced
  std::string experiment, variant,
      cell;  // where the run belongs, written into run.json when not empty
  std::function<void(const train::RunSpec&, const LiveStep&)>
      on_step;  // called from poll() when there is news
};

struct RunOutcome {
  RunState state = RunState::done;
  ExitCode code = ExitCode::ok;
  std::string sentence;             // why it failed or stopped; empty when done
  std::filesystem::path directory;  // of the run
  double seconds = 0;               // wall clock of this attempt; 0 when reused
};

std::filesystem::path run_directory(const train::RunSpec& spec, const LaunchOptions& options);

// Finished, or paused as far as the spec wants it, under this identity and seed, by result.json and run.json.  Reads only.
bool is_done(const train::RunSpec& spec, const std::filesystem::path& directory);
// There is a run.json of this spec and it is not done.
bool is_interrupted(const train::RunSpec& spec, const std::filesystem::path& directory);

// One node in flight.  The constructor writes run.json and starts the child (or runs a prepare node to its end).
class RunProcess {
 public:
  RunProcess(const train::Graph& graph, size_t node, const LaunchOptions& options);
  ~RunProcess();  // kills a child that still runs
  RunProcess(const RunProcess&) = delete;
  RunProcess& operator=(const RunProcess&) = delete;

  bool poll();  // ingests, reports news; true once the node has ended
  void stop();  // asks the child to checkpoint and leave (SIGTERM, once)
  void kill();  // ends it now, with its group; what it had saved is kept
  const LiveStep& live() const;
  const RunOutcome& outcome() const;  // REQUIRES: poll() returned true

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One node to its end; a stop signal to this process is passed on as SIGTERM.
RunOutcome run_node(const train::Graph& graph, size_t node, const LaunchOptions& options);
// The node after everything it needs, one after the other; needs are resumed and reused by themselves.  The first outcome
// that is neither done nor reused ends it and is returned.
RunOutcome run_with_needs(const train::Graph& graph, size_t node, const LaunchOptions& options);
// Throws the error that an outcome stands for (its exit code and sentence); returns when done or reused.
void throw_unless_done(const RunOutcome& outcome);

}  // namespace rlreason::sweep
