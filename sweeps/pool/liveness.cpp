#include "sweeps/pool/liveness.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/self.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string boot_id() { return first_line("/proc/sys/kernel/random/boot_id"); }

// Field 22 of /proc/PID/stat, and the state letter; a name in parentheses may hold anything.
std::optional<std::pair<char, int64_t>> stat_of(int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const size_t close = line.rfind(')');
  if (close == std::string::npos) return {};
  std::istringstream rest(line.substr(close + 1));
  std::string word;
  char state = '?';
  for (int field = 3; rest >> word; ++field) {
    if (field == 3) state = word.front();
    if (field == 22) return std::pair{state, std::stoll(word)};
  }
  return {};
}

uint64_t bytes_of_log(const fs::path& run_directory) {
  std::error_code error;
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(run_directory / "log", error))
    if (entry.is_regular_file(error)) bytes += entry.file_size(error);
  return bytes;
}

}  // namespace

Worker worker_of(int64_t pid) {
  const auto stat = stat_of(pid);
  return {pid, stat ? stat->second : 0, boot_id(), process::host_name()};
}

void write_worker(const fs::path& run_directory, int64_t pid) {
  const Worker worker = worker_of(pid);
  const json text = {{"pid", worker.pid},
                     {"start_ticks", worker.start_ticks},
                     {"boot_id", worker.boot_id},
                     {"host", worker.host},
                     {"since_ms", process::now_ms()}};
  process::write_file_atomic(run_directory / "worker.json", text.dump() + "\n");
}

std::optional<Worker> read_worker(const fs::path& run_directory) {
  std::error_code error;
  if (!fs::exists(run_directory / "worker.json", error)) return {};
  try {
    const json text = json::parse(process::read_file(run_directory / "worker.json", 65536));
    return Worker{text.at("pid"), text.at("start_ticks"), text.at("boot_id"), text.at("host")};
  } catch (const std::exception&) {
    return {};
  }
}

std::optional<bool> is_running(const Worker& worker) {
  if (worker.host != process::host_name()) return {};
  if (worker.boot_id != boot_id()) return false;
  const auto stat = stat_of(worker.pid);
  return stat && stat->first != 'Z' && stat->first != 'X' && stat->second == worker.start_ticks;
}

bool has_worker(const fs::path& run_directory) {
  const auto worker = read_worker(run_directory);
  return worker && is_running(*worker) == true;
}

Life judge(bool log_stands_still, std::optional<bool> runner_says_running, bool has_result) {
  if (has_result) return Life::alive;  // it ended: not for this rule
  const bool gone = runner_says_running && !*runner_says_running;
  if (log_stands_still && gone) return Life::lost;
  return log_stands_still || gone ? Life::suspect : Life::alive;
}

Life LifeWatch::look(const fs::path& run_directory, std::optional<bool> running) {
  const auto now = std::chrono::steady_clock::now();
  const uint64_t bytes = bytes_of_log(run_directory);
  const auto [entry, added] = seen_.try_emplace(run_directory, Seen{bytes, now});
  if (!added && entry->second.bytes != bytes) entry->second = {bytes, now};
  if (!running)
    if (const auto worker = read_worker(run_directory)) running = is_running(*worker);
  return judge(now - entry->second.since >= grace_, running, !result_state(run_directory).empty());
}

}  // namespace rlreason::sweep
