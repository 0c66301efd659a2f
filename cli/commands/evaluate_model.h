// `rlreason evaluate CHECKPOINT|RUN`: evaluations that need a model, one checkpoint or every kept one of a run.
//
// Not here: responses made elsewhere (evaluate_responses.h), the options' declaration (evaluate.cpp), numbers (evaluators).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::cli {

struct ModelEvaluation {
  std::string target;
  train::EvaluateRequest request;
  std::vector<std::string> asked;  // suites and groups as they were asked for
  int64_t samples = 0, top_up = 0;
  bool every_checkpoint = false, redo_invalid = false;
};

// UserError for samples and top_up together.
void evaluate_model(ModelEvaluation evaluation, const Globals& globals);

}  // namespace rlreason::cli
