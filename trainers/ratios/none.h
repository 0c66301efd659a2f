// No importance ratio: 1 on every target [R], without gradient.  For losses that take their gradient from the log-prob.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct NoRatio {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "ratios", kName = "none";
  static constexpr std::string_view kFormula = "rho = 1";
  static constexpr std::string_view kSource = "REINFORCE, Williams 1992";
};
inline const Declare<NoRatio> kNoRatioDeclared;

}  // namespace rlreason::train::ratios
