// One running program of an external verifier: a line to it, a line from it, by a deadline, never more than a bound.
//
// Errors: UserError when it cannot be started.  What it does wrong afterwards is a Reply, not an error.
// Thread safety: belongs to the thread that made it; the program dies with that thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/process/spawn.h"

namespace rlreason::data {

struct Reply {
  enum class Kind { line, timeout, death, flood };
  Kind kind = Kind::line;
  std::string text;  // the line, or what happened in words
};

class ExternalProcess {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ExternalProcess(const std::vector<std::string>& command);
  ~ExternalProcess();
  ExternalProcess(const ExternalProcess&) = delete;
  ExternalProcess& operator=(const ExternalProcess&) = delete;

  Reply ask(std::string_view line, Clock::time_point deadline);
  const std::string& said() const { return said_; }  // the end of its standard error

 private:
  Reply ended(std::string words);
  bool drain_errors();

  int in_ = -1, out_ = -1, err_ = -1;
  std::string said_;
  std::vector<process::Child> child_;  // one
};

}  // namespace rlreason::data
