// Hard bounds on the (shaped) ratio whatever the sign of the advantage; no gradient beyond them.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct Bounds {
  double min = 0.0, max = 1.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&Bounds::min, "min", "lower bound of f"), config::field(&Bounds::max, "max", "upper bound of f")};
  }
  static constexpr std::string_view kAxis = "clips", kName = "bounds";
  static constexpr std::string_view kFormula = "surrogate = A clamp(f, min, max)";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py: off_max_clip, off_min_clip";
};
inline const Declare<Bounds> kBoundsDeclared;

}  // namespace rlreason::train::clips
