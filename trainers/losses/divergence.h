// Divergence of the current policy p from an anchor q, per target from the sampled token alone [R].
//
// With d = log q - log p and u = p / q (log-ratios of u clamped to ±20):
//   k1 = -d,  k2 = d^2 / 2,  k3 = exp(d) - d - 1 clamped to [-bound, bound],  absolute = |d|
//   forward = u - 1 - log u,  js = u log u - (u + 1) log((u + 1) / 2),  alpha = (u^(1-a) - (1-a) u - a) / (a (a - 1))
// On samples of p: k2 has the gradient of the reverse KL, k1 has none in expectation, k3 has that of the forward KL.  The last
// three are meant for samples of q.
// Needs the stream of its anchor: ref_logprob (weights the run started from), old_logprob, behavior_logprob or that of an
// anchor the recipe declares (a teacher, a lagged copy, an average).
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct Divergence {
  std::string estimator = "k3";
  double bound = 10.0;
  std::string anchor = "ref";
  double alpha = 0.2;
  static constexpr auto fields() {
    return std::tuple{config::field(&Divergence::estimator, "estimator", "of the KL divergence, or another divergence",
                                    config::choices({"k1", "k2", "k3", "absolute", "forward", "js", "alpha"})),
                      config::field(&Divergence::bound, "bound", "k3 is clamped to this size", config::at_least(0.0)),
                      config::field(&Divergence::anchor, "anchor",
                                    "from which policy: ref (the first weights), old (before this iteration's update), behavior (the sampler) or an anchor of the recipe",
                                    config::not_empty()),
                      config::field(&Divergence::alpha, "alpha", "order of the alpha divergence", config::in(1e-3, 0.999))};
  }
  std::string needs() const { return anchor + "_logprob"; }
  static constexpr std::string_view kAxis = "losses", kName = "divergence";
  static constexpr std::string_view kFormula = "loss = k1 | k2 | k3 | absolute | forward | js | alpha of d = anchor_logprob - logprob";
  static constexpr std::string_view kSource = "Schulman, Approximating KL divergence (2020); LUFFY core_algos.py: kl_penalty; arXiv:2509.07430 (forward, js, alpha)";
};
inline const Declare<Divergence> kDivergenceDeclared;

}  // namespace rlreason::train::losses
