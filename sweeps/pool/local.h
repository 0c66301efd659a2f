// The local pool: a whole graph of runs on N slots of this machine, in dependency order.
//
// Idempotent: finished nodes are reused, interrupted ones resumed, so that after a kill -9 of everything the next call
// finishes the work.  Order is deterministic: the ready node with the lowest index starts first.  A failed node skips the
// nodes that need it and nothing else.  One coordinator per plan: `<runs>/.sweeps/<key>/lock`.
// Ctrl-C once starts nothing more and waits for what runs, twice asks that to checkpoint and leave, three times kills it;
// SIGTERM begins with the second (core/process/signals.h).  Children die with their coordinator, and a directory that
// another process works in is waited for.
// Errors: RefusedError when another coordinator runs the same plan; CellsFailedError lists failed nodes with their sentences.
#pragma once

#include <string>
#include <vector>

#include "sweeps/launch.h"
#include "sweeps/pool/slots.h"

namespace rlreason::sweep {

enum class NodeState { todo, running, done, reused, failed, skipped, preempted };
std::string_view to_string(NodeState state);

struct PoolOptions {
  LaunchOptions launch;  // `resume`, `run_dir` and `on_step` are the pool's own
  int64_t slots = 1;     // runs at a time
  PlanResources resources;     // of one run
  std::vector<Device> devices;  // that runs may use
  std::vector<bool> wanted;    // nodes of this call; empty: all.  Others stay `todo`
  std::string name;      // shown in progress lines
  std::string
      key;  // of the coordinator lock: two plans may run side by side, the same plan twice may not
  bool show_progress = true;  // on stderr
};

struct NodeReport {
  NodeState state = NodeState::todo;
  std::string sentence;  // why it failed or was skipped
  double seconds = 0;
  std::filesystem::path directory;
};

struct PoolReport {
  std::vector<NodeReport> nodes;  // parallel to graph.specs
  size_t count(NodeState state) const;
};

// What a call would find on disk: done nodes as `reused`, all others `todo`.  Starts nothing.
PoolReport inspect(const train::Graph& graph, const PoolOptions& options);

// Runs what is left; returns when nothing can go on.  Never throws for failed nodes: see throw_for.
PoolReport run_local(const train::Graph& graph, const PoolOptions& options);

// PreemptedError after a stop signal, CellsFailedError with the list of failures; returns when every node is there.
void throw_for(const train::Graph& graph, const PoolReport& report);

}  // namespace rlreason::sweep
