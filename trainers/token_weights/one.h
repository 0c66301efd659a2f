// All targets weigh the same.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct UnitWeight {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "token_weights", kName = "one";
  static constexpr std::string_view kFormula = "kappa = 1";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<UnitWeight> kUnitWeightDeclared;

}  // namespace rlreason::train::token_weights
