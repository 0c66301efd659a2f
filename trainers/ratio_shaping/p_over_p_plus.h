// Policy shaping: gradient weight gamma x / (x + gamma)^2, largest at x = gamma, so rare demonstrated tokens are learned.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct POverPPlus {
  double gamma = 0.1;
  static constexpr auto fields() {
    return std::tuple{config::field(&POverPPlus::gamma, "gamma", "where the gradient weight peaks", config::at_least(1e-12))};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "p_over_p_plus";
  static constexpr std::string_view kFormula = "f(x) = x / (x + gamma)";
  static constexpr std::string_view kSource = "arXiv:2504.14945 eq. 7 (policy shaping)";
};
inline const Declare<POverPPlus> kPOverPPlusDeclared;

}  // namespace rlreason::train::ratio_shaping
