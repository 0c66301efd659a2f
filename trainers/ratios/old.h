// Importance ratio against the policy that sampled: log rho = logprob - old_logprob, per target [R].
// Needs stream old_logprob.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct OldPolicy {
  static constexpr auto fields() { return std::tuple{}; }
  static constexpr std::string_view kAxis = "ratios", kName = "old";
  static constexpr std::string_view kFormula = "log rho = logprob - old_logprob";
  static constexpr std::string_view kNeeds = "old_logprob";
  static constexpr std::string_view kSource = "arXiv:1707.06347 §3";
};
inline const Declare<OldPolicy> kOldPolicyDeclared;

}  // namespace rlreason::train::ratios
