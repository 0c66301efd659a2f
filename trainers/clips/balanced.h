// Clip whose bounds on the ratio are searched on every mini-batch so that raised and lowered samples pull alike.
//
// From (low_min, high_min) low is raised by steps to low_max, then high to high_max, until
//   sum over A > 0 of min(rho, high) A  >=  target * sum over A < 0 of max(rho, low) |A|;
// without negative advantages the first bounds hold.  Target 1 is the paper's share 0.5 of positives.
// Needs the ratios of the whole mini-batch before its update (prescore).
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::clips {

struct BalancedClip {
  double low_min = 0.6, low_max = 0.9, high_min = 1.2, high_max = 3.0;
  double step = 0.05, target = 1.0, dual = 3.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&BalancedClip::low_min, "low_min", "first lower bound of the ratio", config::at_least(0.0)),
                      config::field(&BalancedClip::low_max, "low_max", "largest lower bound", config::at_least(0.0)),
                      config::field(&BalancedClip::high_min, "high_min", "first upper bound of the ratio", config::at_least(0.0)),
                      config::field(&BalancedClip::high_max, "high_max", "largest upper bound", config::at_least(0.0)),
                      config::field(&BalancedClip::step, "step", "of the search", config::at_least(1e-6)),
                      config::field(&BalancedClip::target, "target", "wanted ratio of positive to negative contributions", config::at_least(0.0)),
                      config::field(&BalancedClip::dual, "dual", "with a negative advantage the surrogate is at least dual * A; 0 is off", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "clips", kName = "balanced";
  static constexpr std::string_view kFormula = "surrogate = min(A f, A clamp(f, low, high)); max(that, dual A) where A < 0; low and high from the mini-batch";
  static constexpr std::string_view kNeeds = "prescore";
  static constexpr std::string_view kSource = "arXiv:2510.18927 §4 alg. 1 (BAPO); recipe/bapo/policy_loss.py";
};
inline const Declare<BalancedClip> kBalancedClipDeclared;

}  // namespace rlreason::train::clips
