// A user's own program as a verifier: "external:NAME", asked over its standard input and output, one JSON object a line.
//
//   to it    {"id": 7, "gold": "42", "response": "...", "choices": [...]?, "options": {...}?}
//   from it  {"id": 7, "verdict": "right" | "wrong" | "unscored", "reason"?, "answer"?, "rule"?}
//
// Three-valued: a reply too late, malformed, too long, to another request, or none because the program died, is unscored with
// the reason, and counted; the program is then killed and started again.  No shell; standard error is kept to its last 4 KiB and
// shown.  One process and one thread that owns it for each of `processes`, so it serves any number of callers and dies with us.
// A program is named by the user's own file (--verifiers), never by a row of a dataset, and runs with the user's rights.
// Identity: name@version, where the version holds a digest of the command and the user's `version`.
// Errors: UserError for a bad file or name, for a program that cannot be started, and from judge() once `restarts` requests in a
// row have failed by the program's fault: it is the program that is wrong then, not the responses.
// Thread safety: judge() may be called from any thread.  Registering belongs before the first verdict.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {

struct ExternalConfig {
  std::vector<std::string> command;
  std::string version = "1";
  double deadline_s = 10;
  int64_t processes = 1, restarts = 5;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = ExternalConfig;
    return std::tuple{field(&C::command, "command", "the program and its arguments; no shell reads them"),
                      field(&C::version, "version", "the program's version; change it when its verdicts change"),
                      field(&C::deadline_s, "deadline_s", "seconds for one request, the program's start included", in(0.01, 3600.0)),
                      field(&C::processes, "processes", "how many run side by side", in(1, 64)),
                      field(&C::restarts, "restarts", "failures in a row before giving up", in(0, 1000))};
  }
};

struct ExternalCounts {
  int64_t judged = 0, timeouts = 0, deaths = 0, malformed = 0, starts = 0;
};

class ExternalVerifier {
 public:
  ExternalVerifier(std::string name, ExternalConfig config);
  ~ExternalVerifier();  // ends the processes; REQUIRES: no judge() is running
  ExternalVerifier(const ExternalVerifier&) = delete;
  ExternalVerifier& operator=(const ExternalVerifier&) = delete;

  Verdict judge(const Question& question, std::string_view response);
  ExternalCounts counts() const;
  std::string version() const;  // "1+3f2a9c01d2e4"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Adds "external:NAME" for each entry of `verifiers:` in the file: NAME: {command: [...], ...}.  Twice is an error.
void register_external_verifiers(const std::filesystem::path& file);
// The file named by the environment (kVerifiersVariable), if one is: so an engine gets those of the command that started it.
inline constexpr const char* kVerifiersVariable = "RLREASON_VERIFIERS";
void register_external_verifiers_from_environment();

}  // namespace rlreason::data
