// What a recipe may not ask of replay and retirement, refused when it is read.  No LibTorch.
//
// Errors: UserError naming the recipe.  Thread safety: pure functions.
#pragma once

#include "trainers/catalog/train_config.h"

namespace rlreason::train {

bool replays(const TrainConfig& config);  // whether some slot replays
void check_replay(const TrainConfig& config);

}  // namespace rlreason::train
