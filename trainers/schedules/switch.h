// One value before an iteration, another from it on: a phase of the method that ends.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Switch {
  double before = 1.0, after = 0.0;
  int64_t at = 100;
  static constexpr auto fields() {
    return std::tuple{config::field(&Switch::before, "before", "value before the switch"),
                      config::field(&Switch::after, "after", "value from the switch on"),
                      config::field(&Switch::at, "at", "first iteration with the second value", config::at_least(0))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "switch";
  static constexpr std::string_view kFormula = "factor = before if i < at, else after";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<Switch> kSwitchDeclared;

}  // namespace rlreason::train::schedules
