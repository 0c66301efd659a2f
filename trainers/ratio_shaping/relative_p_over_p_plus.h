// Policy shaping of both policies before their ratio is taken.  Needs a ratio with a reference policy.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratio_shaping {

struct RelativePOverPPlus {
  double gamma = 0.1;
  static constexpr auto fields() {
    return std::tuple{config::field(&RelativePOverPPlus::gamma, "gamma", "as in p_over_p_plus", config::at_least(1e-12))};
  }
  static constexpr std::string_view kAxis = "ratio_shaping", kName = "relative_p_over_p_plus";
  static constexpr std::string_view kFormula = "f = [p / (p + gamma)] / [p_old / (p_old + gamma)]";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py: on_policy_reshape p_div_p_*";
};
inline const Declare<RelativePOverPPlus> kRelativePOverPPlusDeclared;

}  // namespace rlreason::train::ratio_shaping
