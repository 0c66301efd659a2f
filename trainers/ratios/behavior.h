// Importance ratio against the probabilities a response was really drawn with (sampler included, whatever weights it had),
// per target [R], or one for the sequence.  Differs from `old` where the sampler is not the scored policy or the samples are older.
// Needs stream behavior_logprob.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct BehaviorPolicy {
  std::string level = "token";
  static constexpr auto fields() {
    return std::tuple{config::field(&BehaviorPolicy::level, "level",
                                    "one ratio a token, or one a sequence: exp of the mean (seq_geo) or of the sum (seq_sum) of its tokens' log-ratios",
                                    config::choices({"token", "seq_geo", "seq_sum"}))};
  }
  static constexpr std::string_view kAxis = "ratios", kName = "behavior";
  static constexpr std::string_view kFormula = "log rho = logprob - behavior_logprob; its mean or sum over the sequence with level";
  static constexpr std::string_view kNeeds = "behavior_logprob";
  static constexpr std::string_view kSource = "arXiv:2503.14286 (TOPR); arXiv:2505.24034 (AIPO)";
};
inline const Declare<BehaviorPolicy> kBehaviorPolicyDeclared;

}  // namespace rlreason::train::ratios
