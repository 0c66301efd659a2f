// The ratio takes part in the clip or mask only: every target weighs 1.  For losses with a detached weight.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct UnitShape {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "one";
  static constexpr std::string_view kFormula = "f(x) = 1";
  static constexpr std::string_view kSource = "arXiv:2509.24203 (REC without importance weight)";
};
inline const Declare<UnitShape> kUnitShapeDeclared;

}  // namespace rlreason::train::ratio_shaping
