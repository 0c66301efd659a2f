// Which responses a component sees, beside the source of their tokens: in which block of groups, with which reward.
//
// Not here: applying it (trainers/objective.cpp).  Errors: UserError with the recipe's name.  Thread safety: pure functions.
// No LibTorch.
#pragma once

#include <string>

#include "trainers/catalog/train_config.h"

namespace rlreason::train {

// Refuses a selection of nothing: an unknown block of groups, an empty range of rewards.
void check_selection(const TrainConfig& config, const ComponentConfig& component);

std::string selection_text(const SelectConfig& select);  // "policy in keep, reward < 1"

}  // namespace rlreason::train
