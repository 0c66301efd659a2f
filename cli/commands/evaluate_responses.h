// `rlreason evaluate --responses FILE --suite S --system NAME`: the options and the command, hooked into evaluate.cpp.
//
// Not here: what is done with them (sweeps/responses_run.h), numbers (evaluators/suite_report.h).
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace rlreason::cli {

struct ResponsesOptions {
  std::string file, system, verifier = "math", gold_after;
  std::vector<std::string> map;
  bool redo_invalid = false;
  bool chosen() const { return !file.empty(); }
};

std::shared_ptr<ResponsesOptions> add_responses_options(CLI::App& app);
// UserError when something of another mode of `evaluate` was given too, or a suite or system is missing.
void evaluate_responses(const ResponsesOptions& options, const std::string& target,
                        const std::vector<std::string>& suites, const Globals& globals);

}  // namespace rlreason::cli
