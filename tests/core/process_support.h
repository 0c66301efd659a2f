// Shared by the process and run log tests: a scratch folder, a forked child with faults, the words
// for errors. Not for tests of multi-threaded code: the child is a plain fork.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/process/fault.h"
#include "core/process/io.h"
#include "tests/support/scratch.h"

namespace rlreason::test {

namespace fs = std::filesystem;

using testing_support::Scratch;

// No fault is left behind by a test that ends early.
struct FaultGuard {
  explicit FaultGuard(const process::FaultPlan& plan) { process::set_faults(plan); }
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;
  ~FaultGuard() { process::set_faults({}); }
};

// Runs `work` in a forked child under `plan`.  Returns the wait status; exit code 0 is success, 7 a
// DiskError.
inline int run_forked(const process::FaultPlan& plan, const std::function<void()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    process::set_faults(plan);
    try {
      work();
      ::_exit(0);
    } catch (const Error& error) {
      ::_exit(static_cast<int>(error.code()));
    } catch (...) {
      ::_exit(70);
    }
  }
  int status = -1;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

inline bool killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
inline bool succeeded(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
inline bool disk_error(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(ExitCode::disk);
}

inline int count_temporaries(const fs::path& directory) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(directory))
    count += process::is_temporary_name(entry.path().filename().string());
  return count;
}

template <class Failure>
std::string sentence_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& error) {
    return error.what();
  }
  return "";
}

}  // namespace rlreason::test
