// Targets weigh as much as their prompt is easy: the share of the group's own responses that are right.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct SolveRate {
  double min = 0.0;
  static constexpr auto fields() { return std::tuple{config::field(&SolveRate::min, "min", "least weight", config::in(0.0, 1.0))}; }
  static constexpr std::string_view kAxis = "token_weights", kName = "solve_rate";
  static constexpr std::string_view kFormula = "kappa = max(min, share of right responses in the group)";
  static constexpr std::string_view kSource = "View-R1 (APO, difficulty-adaptive divergence): the harder the prompt, the weaker the penalty";
  static constexpr std::string_view kNeeds = "solve_rate";
};
inline const Declare<SolveRate> kSolveRateDeclared;

}  // namespace rlreason::train::token_weights
