// No clipping.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct NoClip {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "clips", kName = "none";
  static constexpr std::string_view kFormula = "surrogate = A f";
  static constexpr std::string_view kSource = "none";
};
inline const Declare<NoClip> kNoClipDeclared;

}  // namespace rlreason::train::clips
