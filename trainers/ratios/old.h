// Importance ratio against the policy that sampled: log rho = logprob - old_logprob, per target [R], or one for the sequence.
// Needs stream old_logprob.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct OldPolicy {
  std::string level = "token";
  static constexpr auto fields() {
    return std::tuple{config::field(&OldPolicy::level, "level",
                                    "one ratio a token, or one a sequence: exp of the mean (seq_geo) or of the sum (seq_sum) of its tokens' log-ratios",
                                    config::choices({"token", "seq_geo", "seq_sum"}))};
  }
  static constexpr std::string_view kAxis = "ratios", kName = "old";
  static constexpr std::string_view kFormula = "log rho = logprob - old_logprob; its mean or sum over the sequence with level";
  static constexpr std::string_view kNeeds = "old_logprob";
  static constexpr std::string_view kSource = "arXiv:1707.06347 §3; seq_geo arXiv:2507.18071 eq. 7 (GSPO)";
};
inline const Declare<OldPolicy> kOldPolicyDeclared;

}  // namespace rlreason::train::ratios
