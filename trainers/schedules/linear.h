// From one value to another along a straight line, constant before and after.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Linear {
  double from = 1.0, to = 0.0;
  int64_t begin = 0, iterations = 100;
  static constexpr auto fields() {
    return std::tuple{config::field(&Linear::from, "from", "value up to iteration begin"),
                      config::field(&Linear::to, "to", "value from iteration begin + iterations on"),
                      config::field(&Linear::begin, "begin", "iteration the line starts at", config::at_least(0)),
                      config::field(&Linear::iterations, "iterations", "length of the line", config::at_least(1))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "linear";
  static constexpr std::string_view kFormula = "factor = from + (to - from) clamp((i - begin) / iterations, 0, 1)";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<Linear> kLinearDeclared;

}  // namespace rlreason::train::schedules
