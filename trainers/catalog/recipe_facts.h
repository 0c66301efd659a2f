// What follows from a resolved recipe without running it: streams, least group, formulas, cost.  No LibTorch.
//
// `describe` prints it, `objective` checks its input with it, property tests derive from it what must hold.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/source.h"
#include "trainers/catalog/pieces.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::train {

// A piece in its place: the member of the component (or reward, advantage, schedule), its settings and its declaration.
struct PlacedPiece {
  std::string member;
  nlohmann::json settings;  // resolved, kind included
  const PieceInfo* info = nullptr;
};
// The pieces whose arithmetic runs: ratio, shape and clip only where the loss reads them.
std::vector<PlacedPiece> pieces_in_use(const ComponentConfig& component);

// What the pieces of one component read.  An advantage that the recipe's token_advantage makes is read as what that reads.
std::set<std::string> component_words(const TrainConfig& config, const ComponentConfig& component);

// What the pieces of the components that see tokens of `source` read, in their own words (pieces.h), ascending: streams,
// advantage, prescore, ….  Nothing: of all components.
std::vector<std::string> words_read(const TrainConfig& config, std::optional<Source> source = std::nullopt);
// Of those, the streams besides logprob that somebody has to bring.
std::vector<std::string> required_streams(const TrainConfig& config, std::optional<Source> source = std::nullopt);

// How many scored responses of a group the advantage needs, and whether only the policy's count.
struct BaselineNeeds {
  int64_t responses = 1;
  bool policy_only = false;
  bool greedy = false;  // the greedy response's reward as well
};
BaselineNeeds baseline_needs(const TrainConfig& config);

// Work relative to on-policy training with groups of the same size, one pass, recorded old log-probs and no reference:
// there each response is generated once and goes forward and backward once.  Responses count as equally long and blocks of
// groups by their share, so this is an estimate; it leaves out what a forward pass shares over a group's prompt.
struct RelativeCost {
  double generated = 1, forward = 1, backward = 1;  // per response of a group
};
RelativeCost relative_cost(const TrainConfig& config);

}  // namespace rlreason::train
