// A smaller step where few of the mini-batch's samples carry the weight: the effective sample size of truncated importance weights
// of whole responses, relative to what it is on policy.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::lr_scales {

struct EffectiveSampleSize {
  double power = 0.5;
  double base = 1.0;
  double cap = 8.0;
  static constexpr auto fields() {
    using config::above;
    using config::field;
    return std::tuple{field(&EffectiveSampleSize::power, "power", "exponent of the relative size", config::at_least(0.0)),
                      field(&EffectiveSampleSize::base, "base", "size per sample that counts as 1", config::in(1e-6, 1.0)),
                      field(&EffectiveSampleSize::cap, "cap", "largest weight", above(0.0))};
  }
  static constexpr std::string_view kAxis = "lr_scales", kName = "ess";
  static constexpr std::string_view kFormula = "factor = min(1, ESS / (B base))^power, ESS = (sum w)^2 / sum w^2, w = min(prod_t p / p_behavior, cap)";
  static constexpr std::string_view kSource = "arXiv:2602.17616 (VCPO); mit-han-lab/vcpo verl/workers/utils/vcpo.py";
};
inline const Declare<EffectiveSampleSize> kEffectiveSampleSizeDeclared;

}  // namespace rlreason::train::lr_scales
