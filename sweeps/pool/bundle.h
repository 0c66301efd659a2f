// What was queued is what runs: the programs by their content, the resolved graph of runs, and a task file, all immutable.
//
//   <runs>/.sweeps/programs/<sha256>/            rlreason, rlreason-engine and what lies beside them, mode 0555
//   <runs>/.sweeps/<key>/graph-<sha256>.json     every node: resolved configuration, identity, seed, producers
//   <runs>/.sweeps/<key>/tasks-<sha256>.tsv      a line a task: index, node, kind, seed, label, directory, command
//
// A later build, an edited recipe or an edited plan changes none of it.  A task runs one node; needs that are not there yet
// are made first, or waited for when another task works on them, so any order of tasks is right and a line may be run twice.
// Not here: who runs the lines (Slurm: slurm.h; GNU parallel, HTCondor: anybody).
// Errors: DiskError, DataError for a graph file that is not the one that was queued.
#pragma once

#include <string>
#include <vector>

#include "sweeps/pool/local.h"

namespace rlreason::sweep {

struct Bundle {
  std::filesystem::path programs;  // folder
  std::filesystem::path graph;     // file
};

// `program` is the rlreason that workers run; empty: this one.
Bundle freeze(const train::Graph& graph, const PoolOptions& options,
              const std::filesystem::path& program = {});
std::filesystem::path write_tasks(const train::Graph& graph, const Bundle& bundle,
                                  const PoolOptions& options, const std::vector<size_t>& nodes);

struct Task {
  train::Graph graph;
  size_t node = 0;
  std::filesystem::path runs_dir;
};
Task read_task(const std::filesystem::path& tasks, int64_t index);

// The node after its needs; waits where somebody else works on one.
RunOutcome run_task(const Task& task, const LaunchOptions& options);

nlohmann::json graph_json(const train::Graph& graph);
train::Graph graph_from_json(const nlohmann::json& json);
std::string quoted(
    const std::string& word);  // for a POSIX shell, which only the user's own tools run

}  // namespace rlreason::sweep
