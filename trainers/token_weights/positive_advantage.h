// Targets of a response with an advantage above 0 count, the others weigh nothing.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct PositiveAdvantage {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "token_weights", kName = "positive_advantage";
  static constexpr std::string_view kFormula = "kappa = 1 where A > 0, else 0";
  static constexpr std::string_view kSource = "arXiv:2512.13095 (ADHint): hint tokens of responses that did not help are left out";
  static constexpr std::string_view kNeeds = "advantage";
};
inline const Declare<PositiveAdvantage> kPositiveAdvantageDeclared;

}  // namespace rlreason::train::token_weights
