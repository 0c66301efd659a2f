// The errors of the program: one type per exit code, one grammar for their sentences.
//
// Grammar: "where: what was required, what came; what to do".  `where` is a file:line, a flag or a setting path.
// Anything that is not one of these types and reaches main() is a bug (exit code 70).
// Thread safety: types only, no state.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace rlreason {

enum class ExitCode : int {
  ok = 0,
  usage = 2,         // the command line, a recipe, a setting or a plan is wrong
  data = 3,          // an input file is missing, malformed or inconsistent
  cells_failed = 4,  // a sweep ended with failed cells
  refused = 5,       // the program declines: a run directory in use, an unfair comparison, a failed gate
  numeric = 6,       // a non-finite loss, gradient or weight
  disk = 7,          // a write, sync or rename failed
  store = 8,         // the SQLite store cannot be opened, read or written
  deadline = 9,      // a time limit passed
  bug = 70,
  preempted = 75,    // stopped by a signal with a complete checkpoint: run again with --resume
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// Each constructor takes an fmt format string: throw DataError("{}:{}: ...", file, line).
template <ExitCode Code>
class CodedError : public Error {
 public:
  template <class... Args>
  explicit CodedError(fmt::format_string<Args...> format, Args&&... args)
      : Error(Code, fmt::format(format, std::forward<Args>(args)...)) {}
};

using UserError = CodedError<ExitCode::usage>;
using DataError = CodedError<ExitCode::data>;
using CellsFailedError = CodedError<ExitCode::cells_failed>;
using RefusedError = CodedError<ExitCode::refused>;
using NumericError = CodedError<ExitCode::numeric>;
using DiskError = CodedError<ExitCode::disk>;
using StoreError = CodedError<ExitCode::store>;
using DeadlineError = CodedError<ExitCode::deadline>;
using BugError = CodedError<ExitCode::bug>;
using PreemptedError = CodedError<ExitCode::preempted>;

}  // namespace rlreason

// An invariant of ours: stays on in Release; a failure is a bug report, not a user's error.
#define RLR_ENSURE(condition, ...)                                                            \
  do {                                                                                        \
    if (!(condition)) [[unlikely]]                                                            \
      throw ::rlreason::BugError("{}:{}: required {}: {}", __FILE__, __LINE__, #condition,    \
                                 fmt::format(__VA_ARGS__));                                   \
  } while (false)
