// PPO's surrogate for responses of earlier policies: the ratio is against the policy that wrote them, the bounds lie around where the
// policy before this iteration's update stood, per target [R].
//
// With c = pi_old / pi_behavior: inside the bounds a step may go as far from the old policy as PPO's would, however far that already
// was from the writer.  Responses of the current iteration have c = 1: PPO.  Both ratios belong to the loss, so the component's own
// ratio, shape and clip take no part.  Needs streams old_logprob (scored again for replayed responses) and behavior_logprob.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct CentredClip {
  double low = 0.2, high = 0.2;
  static constexpr auto fields() {
    return std::tuple{config::field(&CentredClip::low, "low", "the ratio is clamped to >= c - low", config::at_least(0.0)),
                      config::field(&CentredClip::high, "high", "the ratio is clamped to <= c + high", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "losses", kName = "centred_clip";
  static constexpr std::string_view kFormula =
      "loss = -min(rho A, clamp(rho, c - low, c + high) A), rho = exp(logprob - behavior_logprob), c = exp(old_logprob - behavior_logprob)";
  static constexpr std::string_view kNeeds = "advantage old_logprob behavior_logprob";
  static constexpr std::string_view kSource = "arXiv:2507.06892 (ReMix, Mix-PPG); generalized PPO, arXiv:2111.00072";
};
inline const Declare<CentredClip> kCentredClipDeclared;

}  // namespace rlreason::train::losses
