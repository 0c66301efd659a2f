// Targets the current policy is undecided about weigh most (1/4 at p = 1/2); what it knows or finds impossible weighs
// little.  No gradient through the weight.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct Uncertainty {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "token_weights", kName = "uncertainty";
  static constexpr std::string_view kFormula = "kappa = sg(p (1 - p))";
  static constexpr std::string_view kSource = "arXiv:2508.11408 §3.3 (phi); Trinity-RFT chord_policy_loss.py: sft_phi";
};
inline const Declare<Uncertainty> kUncertaintyDeclared;

}  // namespace rlreason::train::token_weights
