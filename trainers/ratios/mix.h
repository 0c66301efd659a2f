// Importance ratio against a geometric mean of the old policy and an anchor, per target [R]: where the anchor gives a token
// more than the old policy the ratio is below 1 and a clip at 1 + eps leaves more room to raise it.  alpha 1 is ratio old.
// Needs stream old_logprob and, unless alpha is 1, the anchor's.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct MixedReference {
  double alpha = 0.5;
  std::string anchor = "teacher";
  static constexpr auto fields() {
    return std::tuple{config::field(&MixedReference::alpha, "alpha", "weight of the old policy's log-prob", config::in(0.0, 1.0)),
                      config::field(&MixedReference::anchor, "anchor", "with which policy: an anchor of the recipe", config::not_empty())};
  }
  std::string needs() const { return alpha == 1.0 ? "old_logprob" : "old_logprob " + anchor + "_logprob"; }
  static constexpr std::string_view kAxis = "ratios", kName = "mix";
  static constexpr std::string_view kFormula = "log rho = logprob - alpha old_logprob - (1 - alpha) anchor_logprob";
  static constexpr std::string_view kSource = "arXiv:2602.22495 (RLAD: trust-region ratio distillation, TRRD)";
};
inline const Declare<MixedReference> kMixedReferenceDeclared;

}  // namespace rlreason::train::ratios
