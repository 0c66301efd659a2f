// Is a run that has not ended still alive?  Three signals, all needed to call it lost.
//
//   1  its log has not grown for the grace time, on this process's own clock (clocks of other machines say nothing)
//   2  who runs it says that it does not: Slurm, or on this host its process is gone, a zombie, or another one (start time and
//      boot differ)
//   3  it left no result
// One or two of them make it suspect, and are shown as such.
// Not here: acting on it.  Errors: none, what cannot be read counts as no sign.  Thread safety: one user.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace rlreason::sweep {

enum class Life { alive, suspect, lost };
constexpr const char* to_string(Life life) {
  constexpr const char* kNames[] = {"alive", "suspect", "lost"};
  return kNames[static_cast<int>(life)];
}

// worker.json of a run directory: which process works in it.
struct Worker {
  int64_t pid = 0, start_ticks = 0;
  std::string boot_id, host;
};
Worker worker_of(int64_t pid);  // a process of this host, now
void write_worker(const std::filesystem::path& run_directory, int64_t pid);
std::optional<Worker> read_worker(const std::filesystem::path& run_directory);
// Nothing when it is of another host.
std::optional<bool> is_running(const Worker& worker);

// Is the process that worker.json names running on this host?
bool has_worker(const std::filesystem::path& run_directory);

Life judge(bool log_stands_still, std::optional<bool> runner_says_running, bool has_result);

class LifeWatch {
 public:
  explicit LifeWatch(std::chrono::milliseconds grace) : grace_(grace) {}
  // `running`: what the scheduler says; nothing: ask worker.json.
  Life look(const std::filesystem::path& run_directory, std::optional<bool> running = {});

 private:
  struct Seen {
    uint64_t bytes = 0;
    std::chrono::steady_clock::time_point since;
  };
  std::chrono::milliseconds grace_;
  std::map<std::filesystem::path, Seen> seen_;
};

}  // namespace rlreason::sweep
