// A graph of runs as Slurm job arrays, by its programs alone: sbatch, squeue, scancel, scontrol.  No library is linked.
//
// The coordinator submits every node whose needs are there as an array (chunks of MaxArraySize), asks squeue once a round for
// all of them, takes in what runs have written, and submits what has become possible.  Elements are known by %F and %K (the
// array's id and the index: %A is not the array's id for the last element) with the submission time, since ids come again.
// What was submitted is in <runs>/.sweeps/<key>/slurm.json before and after sbatch, so a killed coordinator's jobs go on and
// the next one finds them.  A worker that was stopped (exit 75, USR1) or lost is submitted again; a finished run ignores that.
//
//   result.json done -> done      queued, running -> wait      failed -> failed, not tried again in this call
//   preempted, timed out, node lost without a result -> again, at most `retries` times
//   gone from the queue without a result             -> the same, once its log has stood still for `grace` (liveness.h)
//
// Errors: UserError with Slurm's own words; RefusedError when another coordinator runs the plan.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sweeps/pool/bundle.h"

namespace rlreason::sweep {

struct SlurmOptions {
  std::chrono::milliseconds poll = std::chrono::seconds(30);
  int64_t at_a_time = 0;  // %N of the array; 0: no limit of ours
  int64_t retries = 5;
  std::chrono::milliseconds grace = std::chrono::seconds(60);
  std::vector<std::string> extra;  // further #SBATCH options, each "--partition=x"
  std::filesystem::path program;   // rlreason of the workers; empty: this one
};

// REQUIRES: text without line ends in every field.
std::string slurm_script(const std::string& job, int64_t tasks, const PlanResources& resources,
                         const SlurmOptions& options, const std::filesystem::path& task_file,
                         const Bundle& bundle, const std::filesystem::path& runs_dir);
int64_t max_array_size(const std::string& scontrol_config);  // of `scontrol show config`

struct SlurmElement {
  std::string array, submitted, state;
  int64_t index = 0;
};
std::vector<SlurmElement> parse_squeue(const std::string& text);  // lines of %F|%K|%T|%V
// What a state of Slurm means here: "queued", "running", "ended".
std::string meaning_of(const std::string& slurm_state);

PoolReport run_slurm(const train::Graph& graph, const PoolOptions& options,
                     const SlurmOptions& slurm);

}  // namespace rlreason::sweep
