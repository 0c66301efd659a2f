// The evaluations along one training, from the store: those made while it trained and those of its kept checkpoints.
//
// A point is of one iteration, one suite and one protocol.  Points that share suite and protocol but for the number of samples
// make a curve; the curve of a suite is the one with most points (the newer at equal length), since prompts of others differ.
// Not here: what is computed from a curve (scaling.h, frontier.h).
// Errors: UserError for a run that is no training.  Thread safety: as the store's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::sweep {

struct EvalPoint {
  int64_t iteration = 0;  // of the training; 0: the weights it began from
  store::RunRow run;      // that evaluated: the training itself or an evaluation
  store::EvalFacts facts;
};

// Where the training's first weights are: the path of its producer "init"; nothing for random ones.
std::optional<std::filesystem::path> init_path(const store::Store& store,
                                               const store::RunRow& training);

// By suite, sorted by iteration, one protocol a suite.  `suite` empty: all.  The first weights' evaluation is iteration 0.
std::map<std::string, std::vector<EvalPoint>> eval_points(const store::Store& store,
                                                          const store::RunRow& training,
                                                          const std::string& suite);

// "step-00000040" -> 40.
std::optional<int64_t> iteration_of(const std::filesystem::path& checkpoint);

}  // namespace rlreason::sweep
