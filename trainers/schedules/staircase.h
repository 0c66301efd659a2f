// A value that goes in equal steps from one level to another, one step each so many iterations.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Staircase {
  double from = 1.0, to = 0.5, step = 0.1;
  int64_t after = 50, every = 10;
  static constexpr auto fields() {
    return std::tuple{config::field(&Staircase::from, "from", "value of the first iterations"),
                      config::field(&Staircase::to, "to", "value it ends at"),
                      config::field(&Staircase::step, "step", "size of a step", config::above(0.0)),
                      config::field(&Staircase::after, "after", "the first step comes right after this iteration", config::at_least(0)),
                      config::field(&Staircase::every, "every", "iterations of a step", config::at_least(1))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "staircase";
  static constexpr std::string_view kFormula =
      "factor = from moved towards to by step ceil(max(i - after, 0) / every), and no further than to";
  static constexpr std::string_view kSource = "arXiv:2507.06892 (ReMix): lambda(t) = max(1 - 0.1 ceil(max(t - 50, 0) / 10), 0.5)";
};
inline const Declare<Staircase> kStaircaseDeclared;

}  // namespace rlreason::train::schedules
