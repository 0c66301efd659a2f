// The part of spawn.h that watches a child and says how it ended.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/error.h"
#include "core/process/spawn.h"

namespace rlreason::process {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

ExitStatus decode(int status, const rusage& usage) {
  ExitStatus result;
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  result.peak_bytes = int64_t{usage.ru_maxrss} * 1024;
  result.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return result;
}

const char* meaning(int code) {
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::usage:
      return "the command line or a configuration is wrong";
    case ExitCode::data:
      return "an input file is missing, malformed or inconsistent";
    case ExitCode::cells_failed:
      return "some cells of a sweep failed";
    case ExitCode::refused:
      return "it declined to do this";
    case ExitCode::numeric:
      return "a loss, gradient or weight was not finite";
    case ExitCode::disk:
      return "a write, sync or rename failed";
    case ExitCode::store:
      return "the store could not be used";
    case ExitCode::deadline:
      return "a time limit passed";
    case ExitCode::bug:
      return "a bug; please report it";
    case ExitCode::preempted:
      return "stopped by a signal with a complete checkpoint; resume it";
    default:
      return nullptr;
  }
}

const char* cause(int signal) {
  switch (signal) {
    case SIGKILL:
      return "often the out-of-memory killer, a memory limit or a scheduler";
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGFPE:
      return "a crash; please report it";
    case SIGILL:
      return "an instruction that this processor lacks";
    case SIGXCPU:
      return "a CPU time limit";
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
      return "it was asked to stop before it could save";
    default:
      return nullptr;
  }
}

}  // namespace

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, std::nullopt)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  kill_and_reap();
  pid_ = std::exchange(other.pid_, -1);
  status_ = std::exchange(other.status_, std::nullopt);
  return *this;
}

Child::~Child() { kill_and_reap(); }

void Child::kill_and_reap() noexcept {
  if (pid_ <= 0 || status_) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<ExitStatus> Child::poll() {
  if (status_ || pid_ <= 0) return status_;
  int status = 0;
  rusage usage{};
  const pid_t reaped = ::wait4(pid_, &status, WNOHANG, &usage);
  RLR_ENSURE(reaped >= 0 || errno == EINTR, "child {} was reaped elsewhere", pid_);
  if (reaped == pid_) status_ = decode(status, usage);
  return status_;
}

std::optional<ExitStatus> Child::wait(std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  std::chrono::milliseconds pause{1};
  while (!poll()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) break;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(2 * pause, std::chrono::milliseconds(20));
  }
  return status_;
}

ExitStatus Child::wait() {
  while (!wait(std::chrono::hours(1))) {
  }
  return *status_;
}

void Child::signal(int number) {
  if (pid_ <= 0 || status_) return;
  if (::kill(-pid_, number) != 0) ::kill(pid_, number);
}

std::string describe_exit(const ExitStatus& status) {
  if (status.ok()) return "ended well";
  const bool killed = status.signal != 0;
  const char* abbreviation = killed ? ::sigabbrev_np(status.signal) : nullptr;
  const std::string what = !killed        ? fmt::format("ended with code {}", status.code)
                           : abbreviation ? fmt::format("killed by SIG{}", abbreviation)
                                          : fmt::format("killed by signal {}", status.signal);
  const char* why = killed ? cause(status.signal) : meaning(status.code);
  if (why == nullptr) return what;
  return killed ? fmt::format("{}; {}", what, why) : fmt::format("{} ({})", what, why);
}

}  // namespace rlreason::process
