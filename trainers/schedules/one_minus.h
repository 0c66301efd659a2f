// What another schedule leaves to 1, so that two coefficients share it: coef {one_minus: NAME} of a recipe's schedules.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct OneMinus {
  config::Node of;
  static constexpr auto fields() { return std::tuple{config::field(&OneMinus::of, "of", "the other schedule")}; }
  static constexpr std::string_view kAxis = "schedules", kName = "one_minus";
  static constexpr std::string_view kFormula = "factor = 1 - of";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<OneMinus> kOneMinusDeclared;

}  // namespace rlreason::train::schedules
