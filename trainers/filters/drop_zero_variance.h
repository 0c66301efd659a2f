// Leaves out groups whose scored rewards are all the same number: they teach nothing under a group baseline and would still
// count in a mean over tokens.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::filters {

struct DropZeroVariance {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "filters", kName = "drop_zero_variance";
  static constexpr std::string_view kFormula = "kept = not all rewards of the group are equal";
  static constexpr std::string_view kSource = "arXiv:2503.14476 §3.2 (DAPO, without resampling); arXiv:2510.13786 (ScaleRL)";
};
inline const Declare<DropZeroVariance> kDropZeroVarianceDeclared;

}  // namespace rlreason::train::filters
