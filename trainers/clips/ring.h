// The two-sided mask with far-off targets let in again where the push leads back: unlikely tokens to be raised, likely ones to be
// lowered.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct MaskRing {
  double low = 0.2, high = 0.2, low_outer = 0.6, high_outer = 2.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&MaskRing::low, "low", "a ratio below 1 - low is out of bounds", config::in(0.0, 1.0)),
                      config::field(&MaskRing::high, "high", "a ratio above 1 + high is out of bounds", config::at_least(0.0)),
                      config::field(&MaskRing::low_outer, "low_outer", "with A >= 0 a ratio at most 1 - low_outer counts again", config::in(0.0, 1.0)),
                      config::field(&MaskRing::high_outer, "high_outer", "with A <= 0 a ratio of at least 1 + high_outer counts again", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "ring";
  static constexpr std::string_view kFormula = "surrogate = A f M, M = 1 where 1 - low <= rho <= 1 + high, or A >= 0 and rho <= 1 - low_outer, or A <= 0 and rho >= 1 + high_outer";
  static constexpr std::string_view kSource = "arXiv:2509.24203 (REC, ring); Trinity-RFT rec_policy_loss.py";
};
inline const Declare<MaskRing> kMaskRingDeclared;

}  // namespace rlreason::train::clips
