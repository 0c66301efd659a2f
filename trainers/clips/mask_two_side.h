// Leaves out targets whose ratio is outside the bounds, whatever the sign of the advantage.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct MaskTwoSide {
  double low = 0.2, high = 0.2;
  static constexpr auto fields() {
    return std::tuple{config::field(&MaskTwoSide::low, "low", "a ratio below 1 - low is out of bounds", config::in(0.0, 1.0)),
                      config::field(&MaskTwoSide::high, "high", "a ratio above 1 + high is out of bounds", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "mask_two_side";
  static constexpr std::string_view kFormula = "surrogate = A f M, M = [1 - low <= rho <= 1 + high]";
  static constexpr std::string_view kSource = "arXiv:2509.24203 (REC, two sides)";
};
inline const Declare<MaskTwoSide> kMaskTwoSideDeclared;

}  // namespace rlreason::train::clips
