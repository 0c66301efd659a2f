// An entropy coefficient that holds the policy's entropy at a target: a step up after an iteration below it, a step down
// after one above, and no bonus at all while the entropy is above the target.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::schedules {

struct AdaptiveEntropy {
  double target = 0.2;
  double step = 1e-3;
  double start = 0.0;
  double max = 0.1;
  static constexpr auto fields() {
    using config::at_least;
    using config::field;
    return std::tuple{field(&AdaptiveEntropy::target, "target", "entropy to hold, nats a token", at_least(0.0)),
                      field(&AdaptiveEntropy::step, "step", "change of the coefficient an iteration", at_least(0.0)),
                      field(&AdaptiveEntropy::start, "start", "coefficient of the first iteration", at_least(0.0)),
                      field(&AdaptiveEntropy::max, "max", "largest coefficient", at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "schedules", kName = "adaptive_entropy";
  static constexpr std::string_view kFormula = "c += step if entropy < target, -= step if above, within [0, max]; factor = c if entropy <= target, else 0";
  static constexpr std::string_view kSource = "arXiv:2505.22312 §4 (adaptive entropy control)";
  static constexpr std::string_view kNeeds = "history";
};
inline const Declare<AdaptiveEntropy> kAdaptiveEntropyDeclared;

}  // namespace rlreason::train::schedules
