// The process that runs a plan now, known by the lock on <runs>/.sweeps/<key>, and asking it to stop.
//
// The lock is the kernel's: a holder's file that nobody holds means nothing.
// Errors: RefusedError when it is on another host or cannot be signalled.  Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace rlreason::sweep {

struct Coordinator {
  int64_t pid = 0, since_ms = 0;
  std::string host;
};

std::filesystem::path coordinator_folder(const std::filesystem::path& runs_dir,
                                         const std::string& key);
std::optional<Coordinator> coordinator_in(const std::filesystem::path& folder);
enum class StopHow { drain, checkpoint, kill };
void ask_to_stop(const Coordinator& coordinator, StopHow how);

}  // namespace rlreason::sweep
