// Every selected target counts.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::masks {

struct NoMask {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "masks", kName = "none";
  static constexpr std::string_view kFormula = "m = 1";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<NoMask> kNoMaskDeclared;

}  // namespace rlreason::train::masks
