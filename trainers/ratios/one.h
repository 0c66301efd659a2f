// Ratio of a demonstration whose author's probabilities are unknown and taken as 1: rho = p, per target [R].
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct UnitBehavior {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "ratios", kName = "one";
  static constexpr std::string_view kFormula = "log rho = logprob (behavior probability taken as 1)";
  static constexpr std::string_view kSource = "arXiv:2504.14945 §3.2; LUFFY mix_core_alg.py: no target_probs";
};
inline const Declare<UnitBehavior> kUnitBehaviorDeclared;

}  // namespace rlreason::train::ratios
