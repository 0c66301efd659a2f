// Leaves out targets whose probability has moved too far in the direction the advantage pushes: an absolute difference of
// probabilities, not a ratio, so that rare tokens may move by large factors.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct TotalVariationMask {
  double low = 0.2, high = 0.2;
  static constexpr auto fields() {
    return std::tuple{config::field(&TotalVariationMask::low, "low", "largest accepted fall of the probability", config::in(0.0, 1.0)),
                      config::field(&TotalVariationMask::high, "high", "largest accepted rise of the probability", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "tv_mask";
  static constexpr std::string_view kFormula = "surrogate = A f M, M = 0 where (A > 0 and p - q > high) or (A < 0 and p - q < -low), q the probability of the ratio";
  static constexpr std::string_view kSource = "prime-rl trainer/rl/loss.py (DPPO-TV)";
};
inline const Declare<TotalVariationMask> kTotalVariationMaskDeclared;

}  // namespace rlreason::train::clips
