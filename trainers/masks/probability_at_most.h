// Leaves out targets the current policy already finds likely, from the sum and from the normalizer's counts.
// Depends on current log-probs: the updater scores the mini-batch first.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::masks {

struct ProbabilityAtMost {
  double max = 0.9;
  static constexpr auto fields() {
    return std::tuple{config::field(&ProbabilityAtMost::max, "max", "targets with a larger current probability are left out", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "masks", kName = "probability_at_most";
  static constexpr std::string_view kFormula = "m = [p <= max]";
  static constexpr std::string_view kNeeds = "prescore";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py: all_max_clip";
};
inline const Declare<ProbabilityAtMost> kProbabilityAtMostDeclared;

}  // namespace rlreason::train::masks
