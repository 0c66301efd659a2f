// Upper bound on the (shaped) ratio, whatever the sign of the advantage.  With loss reinforce this is CISPO: a bounded weight, and
// no token loses its gradient.  The cap is the bound itself, not 1 + epsilon.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct UpperBound {
  double cap = 5.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&UpperBound::cap, "cap", "upper bound of f", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "upper";
  static constexpr std::string_view kFormula = "surrogate = A min(f, cap)";
  static constexpr std::string_view kSource = "arXiv:2506.13585 eq. 4-5 (CISPO); verl caps at 1 + clip_ratio_high, trl at epsilon_high itself";
};
inline const Declare<UpperBound> kUpperBoundDeclared;

}  // namespace rlreason::train::clips
