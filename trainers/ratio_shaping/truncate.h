// Truncated importance ratio: no larger than max, no gradient beyond.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct Truncate {
  double max = 5.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&Truncate::max, "max", "upper bound of f", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "truncate";
  static constexpr std::string_view kFormula = "f(x) = min(x, max)";
  static constexpr std::string_view kSource = "arXiv:2505.24034 §3 (AIPO); truncated importance sampling, Ionides 2008";
};
inline const Declare<Truncate> kTruncateDeclared;

}  // namespace rlreason::train::ratio_shaping
