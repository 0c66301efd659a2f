// Anchors as a recipe declares them: which policies besides the trained one a run needs, and what a recipe may say of them.
//
// Somebody who reads the stream <name>_logprob, or a slot sampled by <name>, needs the anchor of that name.  `ref` need not be
// declared: it is then the run's first weights.  Not here: their weights (trainers/anchors.h), their runs (resolve.cpp).
// Errors: UserError with the recipe's name.  Thread safety: pure functions.  No LibTorch.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "trainers/catalog/train_config.h"

namespace rlreason::train {

// The anchor whose log-probs a stream has; empty for streams of the trained policy and of the sampler.
std::string anchor_of_stream(const std::string& stream);

// Names of anchors whose log-probs the recipe reads, ascending.
std::vector<std::string> anchors_read(const TrainConfig& config);

// The declared anchors, and `ref` where it is read undeclared.
std::vector<AnchorConfig> anchors_of(const TrainConfig& config);

// Refuses anchors that say too little or too much, that nobody uses, and readers of an anchor that nobody declares.
void check_anchors(const TrainConfig& config);

// Role of the run that gives an anchor its n-th weights, among a run's producers.
std::string anchor_role(const AnchorConfig& anchor, size_t run);

// Without the runs, whose identities stand among the producers.
void reduce_anchors(nlohmann::json& identity);

}  // namespace rlreason::train
