// Importance ratio against an anchor (a lagged copy, a teacher, an average), per target [R], or one for the sequence.
// Needs the stream of its anchor.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct AnchorPolicy {
  std::string anchor = "lagged";
  std::string level = "token";
  static constexpr auto fields() {
    return std::tuple{config::field(&AnchorPolicy::anchor, "anchor", "against which policy: an anchor of the recipe", config::not_empty()),
                      config::field(&AnchorPolicy::level, "level",
                                    "one ratio a token, or one a sequence: exp of the mean (seq_geo) or of the sum (seq_sum) of its tokens' log-ratios",
                                    config::choices({"token", "seq_geo", "seq_sum"}))};
  }
  std::string needs() const { return anchor + "_logprob"; }
  static constexpr std::string_view kAxis = "ratios", kName = "anchor";
  static constexpr std::string_view kFormula = "log rho = logprob - anchor_logprob; its mean or sum over the sequence with level";
  static constexpr std::string_view kSource = "arXiv:2602.19362 eq. 5 (OAPL: the lagged policy)";
};
inline const Declare<AnchorPolicy> kAnchorPolicyDeclared;

}  // namespace rlreason::train::ratios
