// Policy-gradient surrogate: ratio, shape and clip of the component, gradient through the ratio.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct Surrogate {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "losses", kName = "surrogate";
  static constexpr std::string_view kFormula = "loss = -clip(A, shape(ratio))";
  static constexpr std::string_view kNeeds = "advantage ratio";
  static constexpr std::string_view kSource = "arXiv:1707.06347 eq. 7";
};
inline const Declare<Surrogate> kSurrogateDeclared;

}  // namespace rlreason::train::losses
