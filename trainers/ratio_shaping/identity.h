// No shaping.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct Identity {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "identity";
  static constexpr std::string_view kFormula = "f(rho) = rho";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<Identity> kIdentityDeclared;

}  // namespace rlreason::train::ratio_shaping
