// Targets the current policy finds unlikely weigh more; a certain one weighs 0.  No gradient through the weight.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct OneMinusProbability {
  double exponent = 0.5;
  static constexpr auto fields() {
    return std::tuple{config::field(&OneMinusProbability::exponent, "exponent", "power of 1 - p", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "token_weights", kName = "one_minus_p";
  static constexpr std::string_view kFormula = "kappa = sg(1 - p)^exponent";
  static constexpr std::string_view kSource = "arXiv:2508.00222 eq. 6; RL-PLUS rlplus_core_alg.py (off tokens only)";
};
inline const Declare<OneMinusProbability> kOneMinusProbabilityDeclared;

}  // namespace rlreason::train::token_weights
