// A child program whose standard output is read as a stream, with the end of its standard error kept for a sentence.
//
// A child that says nothing for `silence` is killed: a reader never waits for ever.
// Not for two-way talk.  Errors: UserError when it cannot be started, DiskError when no pipe can be made.
// Thread safety: one user, the thread that made it (the child dies with that thread).
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/process/spawn.h"

namespace rlreason::process {

class PipedChild {
 public:
  PipedChild(std::vector<std::string> argv, std::chrono::milliseconds silence);
  ~PipedChild();
  PipedChild(const PipedChild&) = delete;
  PipedChild& operator=(const PipedChild&) = delete;

  size_t read(char* to,
              size_t bytes);  // how many came; 0: it closed its output or was silent too long
  ExitStatus wait();          // after read() returned 0
  bool silent() const { return silent_; }
  const std::string& said() const { return said_; }  // the last 4 KiB of standard error

 private:
  void keep_words();

  int out_ = -1, err_ = -1;
  std::chrono::milliseconds silence_;
  std::string said_;
  bool silent_ = false;
  std::vector<Child> child_;  // one
};

}  // namespace rlreason::process
