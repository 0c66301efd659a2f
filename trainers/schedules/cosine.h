// Linear warm-up, then half a cosine over the N iterations of the run.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Cosine {
  double value = 1.0;
  int64_t warmup = 50;
  double floor = 0.05;
  static constexpr auto fields() {
    return std::tuple{config::field(&Cosine::value, "value", "the largest factor"),
                      config::field(&Cosine::warmup, "warmup", "iterations of linear warm-up", config::at_least(1)),
                      config::field(&Cosine::floor, "floor", "share of value at the end", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "cosine";
  static constexpr std::string_view kFormula = "factor = value * min(1, (i + 1) / warmup) * (floor + (1 - floor) (1 + cos(pi i / N)) / 2)";
  static constexpr std::string_view kSource = "arXiv:1608.03983 eq. 5 without restarts";
};
inline const Declare<Cosine> kCosineDeclared;

}  // namespace rlreason::train::schedules
