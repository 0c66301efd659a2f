// A target weighs as much as the current policy believes in it, without gradient through the weight.
// With loss log_likelihood this is the importance-sampled SFT loss whose behavior probability is taken as 1.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct Probability {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "token_weights", kName = "probability";
  static constexpr std::string_view kFormula = "kappa = sg(p)";
  static constexpr std::string_view kSource = "arXiv:2508.11408 eq. 4; Trinity-RFT chord_policy_loss.py: sft_is";
};
inline const Declare<Probability> kProbabilityDeclared;

}  // namespace rlreason::train::token_weights
