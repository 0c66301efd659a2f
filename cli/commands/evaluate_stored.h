// `rlreason evaluate RUN|SYSTEM` with --rescore, --recheck or --lm-eval: what is done with stored responses, without a model.
//
// Not here: what is done with them (sweeps/rescore.h, sweeps/lm_eval.h); options of other modes (evaluate.cpp).
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace rlreason::cli {

struct StoredOptions {
  std::vector<std::string> rescore;
  bool recheck = false, redo_invalid = false;
  std::string lm_eval;
  bool chosen() const { return !rescore.empty() || recheck || !lm_eval.empty(); }
};

std::shared_ptr<StoredOptions> add_stored_options(CLI::App& app);
void evaluate_stored(const StoredOptions& options, const std::string& target,
                     const std::vector<std::string>& suites, const Globals& globals);

}  // namespace rlreason::cli
