// Linear rise to a constant.  Iteration i counts from 0, so the first factor is not 0.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Warmup {
  double value = 1.0;
  int64_t iterations = 5;
  static constexpr auto fields() {
    return std::tuple{config::field(&Warmup::value, "value", "the factor after the warm-up"),
                      config::field(&Warmup::iterations, "iterations", "length of the warm-up", config::at_least(1))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "warmup";
  static constexpr std::string_view kFormula = "factor = value * min(1, (i + 1) / iterations)";
  static constexpr std::string_view kSource = "linear warm-up";
};
inline const Declare<Warmup> kWarmupDeclared;

}  // namespace rlreason::train::schedules
