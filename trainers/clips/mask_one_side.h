// Leaves out targets whose ratio has already gone beyond the bound in the direction the advantage pushes.  Looks at the ratio, not at
// its shape.  With loss surrogate its gradient is PPO's.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct MaskOneSide {
  double low = 0.2, high = 0.2;
  static constexpr auto fields() {
    return std::tuple{config::field(&MaskOneSide::low, "low", "a ratio below 1 - low is out of bounds", config::in(0.0, 1.0)),
                      config::field(&MaskOneSide::high, "high", "a ratio above 1 + high is out of bounds", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "mask_one_side";
  static constexpr std::string_view kFormula = "surrogate = A f M, M = 0 where (A > 0 and rho > 1 + high) or (A < 0 and rho < 1 - low)";
  static constexpr std::string_view kSource = "arXiv:2509.24203 (REC, one side); arXiv:2512.01374 (MiniRL)";
};
inline const Declare<MaskOneSide> kMaskOneSideDeclared;

}  // namespace rlreason::train::clips
