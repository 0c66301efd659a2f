// What no recipe may ask for: combinations of resolved pieces, slots and blocks that mean nothing together.  No LibTorch.
//
// Not here: single settings (their fields' own bounds) and what only shows while running.
// Errors: UserError naming the recipe, what was required and what came.  Thread safety: a pure function.
#pragma once

#include "trainers/catalog/train_config.h"

namespace rlreason::train {

// REQUIRES: resolve_pieces(config).
void check_consistency(const TrainConfig& config);

}  // namespace rlreason::train
