// Taper: samples to be made less likely weigh min(ratio, 1), so that they stop mattering once they are unlikely; the others
// weigh 1.  Looks at the sign of the advantage.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct Taper {
  std::string when = "nonpositive";
  static constexpr auto fields() {
    return std::tuple{config::field(&Taper::when, "when", "which targets are tapered, by their advantage", config::choices({"nonpositive", "always"}))};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "taper01";
  static constexpr std::string_view kFormula = "f(x) = min(x, 1) where A <= 0 (or everywhere), else 1";
  static constexpr std::string_view kSource = "arXiv:2503.14286 eq. 7 (TOPR); Trinity-RFT topr_policy_loss.py";
};
inline const Declare<Taper> kTaperDeclared;

}  // namespace rlreason::train::ratio_shaping
