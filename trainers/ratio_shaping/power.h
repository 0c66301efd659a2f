// Power of the ratio.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct Power {
  double exponent = 0.5;
  static constexpr auto fields() {
    return std::tuple{config::field(&Power::exponent, "exponent", "0.5 is the square root")};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "power";
  static constexpr std::string_view kFormula = "f(x) = x^exponent";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py: square_root, pow";
};
inline const Declare<Power> kPowerDeclared;

}  // namespace rlreason::train::ratio_shaping
