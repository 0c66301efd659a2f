// Ratio against token probabilities that came with the demonstration, per target [R].
// Needs stream behavior_logprob.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct GivenBehavior {
  double epsilon = 1e-6;
  static constexpr auto fields() {
    return std::tuple{config::field(&GivenBehavior::epsilon, "epsilon", "added to the given probability", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "ratios", kName = "given";
  static constexpr std::string_view kFormula = "rho = p / (q + epsilon), q the demonstration's recorded token probability";
  static constexpr std::string_view kNeeds = "behavior_logprob";
  static constexpr std::string_view kSource = "LUFFY mix_core_alg.py, branch target_probs";
};
inline const Declare<GivenBehavior> kGivenBehaviorDeclared;

}  // namespace rlreason::train::ratios
