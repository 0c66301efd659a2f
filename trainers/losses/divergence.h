// Divergence of the current from the reference policy, estimated per target from the sampled token [R].
//
// With d = ref_logprob - logprob:  k1 = -d,  k2 = d^2 / 2,  k3 = exp(d) - d - 1 clamped to [-bound, bound],  absolute = |d|.
// Needs stream ref_logprob: the weights the run started from.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct Divergence {
  std::string estimator = "k3";
  double bound = 10.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&Divergence::estimator, "estimator", "of the KL divergence", config::choices({"k1", "k2", "k3", "absolute"})),
                      config::field(&Divergence::bound, "bound", "k3 is clamped to this size", config::at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "losses", kName = "divergence";
  static constexpr std::string_view kFormula = "loss = k1 | k2 | k3 | absolute of d = ref_logprob - logprob";
  static constexpr std::string_view kNeeds = "ref_logprob";
  static constexpr std::string_view kSource = "Schulman, Approximating KL divergence (2020); LUFFY core_algos.py: kl_penalty";
};
inline const Declare<Divergence> kDivergenceDeclared;

}  // namespace rlreason::train::losses
