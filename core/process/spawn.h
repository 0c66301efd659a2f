// Child programs without a shell: argument vectors, own process group, dead when we die, nothing
// inherited by accident.
//
// The child gets: its own process group; SIGKILL when the spawning *thread* ends (so spawn from a
// thread that outlives it); default signal handling; stdin from nothing unless `in` is given; only descriptors 0-2; our
// environment plus `environment`. Errors: UserError when the program cannot be started (not found,
// not executable); DiskError when an output file cannot be opened.  A child that ends badly is no
// error here: describe_exit() says it in a sentence. Thread safety: a Child belongs to one thread
// at a time; spawn() is safe beside other threads (fork, then only async-signal-safe calls until
// exec).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::process {

struct Output {
  enum class Kind { inherit, nothing, file };
  Kind kind = Kind::inherit;
  std::filesystem::path file;  // appended to, made when absent

  static Output to(std::filesystem::path target) { return {Kind::file, std::move(target)}; }
  static Output none() { return {Kind::nothing, {}}; }
};

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] with a '/' is a path, otherwise looked up in PATH
  std::vector<std::pair<std::string, std::string>> environment = {};  // added or replaced
  std::filesystem::path cwd = {};                                     // empty: ours
  int in = -1;  // a descriptor of ours that becomes its standard input; -1: nothing
  Output out = {};
  Output err = {};
  bool die_with_parent = true;
};

struct ExitStatus {
  int code = 0;    // meaningful when signal == 0
  int signal = 0;  // != 0: killed by it
  int64_t peak_bytes = 0;
  double cpu_s = 0;
  bool ok() const { return code == 0 && signal == 0; }
};

class Child {
 public:
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  // a child still running is killed with its group and reaped

  pid_t pid() const { return pid_; }
  std::optional<ExitStatus> poll();  // nothing while it runs
  std::optional<ExitStatus> wait(
      std::chrono::milliseconds timeout);  // nothing when the time is over
  ExitStatus wait();
  void signal(int number);  // to the whole process group; nothing once the child is reaped

 private:
  friend Child spawn(const SpawnOptions& options);
  explicit Child(pid_t pid) : pid_(pid) {}
  void kill_and_reap() noexcept;

  pid_t pid_ = -1;
  std::optional<ExitStatus> status_;
};

Child spawn(const SpawnOptions& options);

// "ended well", "ended with code 7 (a write, sync or rename failed)", "killed by SIGKILL; often the
// out-of-memory killer ...".
std::string describe_exit(const ExitStatus& status);

}  // namespace rlreason::process
