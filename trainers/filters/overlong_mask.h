// Leaves out responses that the length limit cut: whether they would have been right is not known.  They stay in their group's
// baseline.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::filters {

struct OverlongMask {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "filters", kName = "overlong_mask";
  static constexpr std::string_view kFormula = "kept = the response ended by itself";
  static constexpr std::string_view kSource = "arXiv:2503.14476 §3.4 (overlong filtering)";
};
inline const Declare<OverlongMask> kOverlongMaskDeclared;

}  // namespace rlreason::train::filters
