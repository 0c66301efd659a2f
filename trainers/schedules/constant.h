// The same factor at every iteration.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct Constant {
  double value = 1.0;
  static constexpr auto fields() { return std::tuple{config::field(&Constant::value, "value", "the factor")}; }
  static constexpr std::string_view kAxis = "schedules", kName = "constant";
  static constexpr std::string_view kFormula = "factor = value";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<Constant> kConstantDeclared;

}  // namespace rlreason::train::schedules
