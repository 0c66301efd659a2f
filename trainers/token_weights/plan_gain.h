// Targets that the prompt's hints make likelier weigh more: a blend of the probabilities with and without them.
// Where a prompt has no hints both are equal and the weight is that probability.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct PlanGain {
  double blend = 0.5;
  static constexpr auto fields() {
    return std::tuple{config::field(&PlanGain::blend, "blend", "exponent of the probability with the hints; the plain one has the rest",
                                    config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "token_weights", kName = "plan_gain";
  static constexpr std::string_view kFormula = "kappa = sg(p_hinted^blend p^(1 - blend))";
  static constexpr std::string_view kSource = "arXiv:2605.11505 (SORT), as a geometric mean by a summary of it; the exact form was not read";
  static constexpr std::string_view kNeeds = "hinted_logprob";
};
inline const Declare<PlanGain> kPlanGainDeclared;

}  // namespace rlreason::train::token_weights
