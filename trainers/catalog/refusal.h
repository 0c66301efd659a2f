// How a recipe is refused: one sentence behind its name.
//
// Errors: UserError "recipe NAME: what was required, what came; what to do".  Thread safety: pure functions.  No LibTorch.
#pragma once

#include <string>

#include "core/error.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::train {

[[noreturn]] inline void refuse(const TrainConfig& config, const std::string& sentence) {
  throw UserError("recipe {}: {}", config.recipe, sentence);
}

inline void require(const TrainConfig& config, bool fine, const std::string& sentence) {
  if (!fine) refuse(config, sentence);
}

}  // namespace rlreason::train
