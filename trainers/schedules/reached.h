// One value until an observation has reached a bound once, another from then on: a phase that ends on a condition.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Reached {
  std::string metric = "solve_rate";
  std::string side = "at_least";
  double bound = 0.35;
  double before = 0.0, after = 1.0;
  static constexpr auto fields() {
    using config::choices;
    using config::field;
    return std::tuple{field(&Reached::metric, "metric", "which observation of an iteration", choices({"solve_rate", "entropy"})),
                      field(&Reached::side, "side", "which side of the bound", choices({"at_least", "at_most"})),
                      field(&Reached::bound, "bound", "the bound"),
                      field(&Reached::before, "before", "value before"),
                      field(&Reached::after, "after", "value from the iteration after on")};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "reached";
  static constexpr std::string_view kFormula = "factor = after once the metric was on that side of the bound, else before";
  static constexpr std::string_view kSource = "arXiv:2510.02245 (ExGRPO starts its replay at a batch solve rate above 0.35)";
  static constexpr std::string_view kNeeds = "history";
};
inline const Declare<Reached> kReachedDeclared;

}  // namespace rlreason::train::schedules
