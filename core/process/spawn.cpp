#include "core/process/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "core/error.h"
#include "core/process/fault.h"
#include "core/process/io.h"

namespace rlreason::process {
namespace fs = std::filesystem;
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// Above 2, so that dup2() onto 0-2 always makes a copy without close-on-exec.
Descriptor above_standard(int fd, const fs::path& file) {
  const Descriptor first(fd);
  const int error = errno;
  if (fd < 0) fail_disk(file, "to open it for a child process", error);
  Descriptor moved(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (moved.get() < 0) fail_disk(file, "a free descriptor for it", errno);
  return moved;
}

Descriptor open_output(const Output& output) {
  if (output.kind == Output::Kind::inherit) return {};
  const fs::path file = output.kind == Output::Kind::nothing ? fs::path("/dev/null") : output.file;
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  const auto open = [&] { return ::open(file.c_str(), flags, 0666); };
  return above_standard(output.kind == Output::Kind::file ? through_seam(open) : open(), file);
}

std::string find_program(const std::string& name) {
  if (name.find('/') != name.npos) return name;
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(rest.substr(0, end)) / name;
    if (end > 0 && ::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate))
      return candidate.string();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  throw UserError("{}: required a program in PATH, found none; install it or give its path", name);
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> result;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : added) replaced |= text.starts_with(name + "=");
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : added) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

enum class Stage : int { parent_died, directory, streams, program };

struct Failure {
  Stage stage;
  int error;
};

// What the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct Plan {
  const char* program;
  char* const* argv;
  char* const* environment;
  const char* cwd;   // nullptr: ours
  int in, out, err;  // -1: inherit
  int report;
  pid_t parent;
  bool die_with_parent;
};

[[noreturn]] void report(const Plan& plan, Stage stage) {
  const Failure failure{stage, errno};
  // The parent takes silence for success, so a lost report still ends in exit code 127.
  [[maybe_unused]] const ssize_t count = ::write(plan.report, &failure, sizeof failure);
  ::_exit(127);
}

[[noreturn]] void become(const Plan& plan) {
  ::setpgid(0, 0);
  if (plan.die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) report(plan, Stage::parent_died);  // it died before prctl
  }
  for (int number = 1; number < NSIG; ++number)
    if (number != SIGHUP) ::signal(number, SIG_DFL);  // SIGHUP: nohup's choice stays
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (plan.cwd != nullptr && ::chdir(plan.cwd) != 0) report(plan, Stage::directory);
  const std::array<int, 3> streams{plan.in, plan.out, plan.err};
  for (int target = 0; target < 3; ++target) {
    const int source = streams[static_cast<size_t>(target)];
    if (source >= 0 && ::dup2(source, target) < 0) report(plan, Stage::streams);
  }
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)  // an old kernel: one by one
    for (int fd = 3; fd < 65536; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::execve(plan.program, plan.argv, plan.environment);
  report(plan, Stage::program);
}

[[noreturn]] void fail_spawn(const SpawnOptions& options, const Failure& failure) {
  const std::string text = std::generic_category().message(failure.error);
  if (failure.stage == Stage::directory)
    throw UserError("{}: required a directory to start {} in, found '{}'; check the path",
                    options.cwd.string(), options.argv[0], text);
  throw UserError(
      "{}: required a program that can be started, found '{}'; check the path and its permissions",
      options.argv[0], text);
}

}  // namespace

Child spawn(const SpawnOptions& options) {
  RLR_ENSURE(!options.argv.empty(), "a program to start");
  const std::string program = find_program(options.argv[0]);
  auto arguments = options.argv;
  auto variables = environment_with(options.environment);
  const auto argv = pointers(arguments);
  const auto environment = pointers(variables);
  const Descriptor in = options.in >= 0
                            ? above_standard(::fcntl(options.in, F_DUPFD_CLOEXEC, 3), "input")
                            : above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
  const Descriptor out = open_output(options.out);
  const Descriptor err = open_output(options.err);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail_disk(program, "a pipe to start it", errno);
  const Descriptor reading(pipe[0]);
  Descriptor writing = above_standard(pipe[1], program);
  const Plan plan{program.c_str(),    argv.data(),
                  environment.data(), options.cwd.empty() ? nullptr : options.cwd.c_str(),
                  in.get(),           out.get(),
                  err.get(),          writing.get(),
                  ::getpid(),         options.die_with_parent};
  const pid_t pid = ::fork();
  if (pid < 0)
    throw UserError("{}: required a new process, found '{}'; end some processes or raise ulimit -u",
                    program, std::generic_category().message(errno));
  if (pid == 0) become(plan);
  Child child(pid);
  writing.reset();
  Failure failure{};
  ssize_t count = -1;
  do
    count =
        ::read(reading.get(), &failure, sizeof failure);  // ends when exec closes the other side
  while (count < 0 && errno == EINTR);
  if (count == sizeof failure) fail_spawn(options, failure);
  return child;
}

}  // namespace rlreason::process
