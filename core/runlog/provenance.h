// What an attempt ran with, for the first record of its log: program, git state of the folder it was started in, machine.
//
// Facts for people and for `stale`, not part of a run's identity.  A fact that cannot be had is empty: a run never fails
// because of git.  git is run without a shell, without hooks, file-system monitors, external diffs or locks, and given up
// after five silent seconds.  Untracked files count when they are small (64 KiB) and outside the runs directory.
// Thread safety: pure reads; spawns children from the calling thread.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace rlreason::runlog {

inline constexpr size_t kKeptDiffBytes = size_t{256} << 10;  // a longer diff leaves its digest only

// {"source", "commit", "binary", "git_sha", "git_tree", "dirty", "diff", "diff_text", "untracked"}; digests are SHA-256.
nlohmann::json code_state(const std::filesystem::path& folder,
                          const std::filesystem::path& runs_directory);

// {"cpu", "threads", "cores", "memory_bytes", "torch", "cuda", "gpu", "os", ...}: the same for equal machines.
nlohmann::json environment(const std::filesystem::path& run_directory, int64_t threads);

// Both under "code" and "environment", with what names this process for ever ("boot_id", "pid_start"); the run directory's
// parent holds the runs.
void add_provenance(nlohmann::json& hello, const std::filesystem::path& run_directory,
                    int64_t threads);

}  // namespace rlreason::runlog
