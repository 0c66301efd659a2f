// Keeps the targets with the lowest current probability among those with a negative advantage, and of these the ones below the
// proxy's probability: the tokens that Lp-Reg protects.
// The quantile is over the whole mini-batch, so the updater scores it first.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::masks {

struct LowProbability {
  double quantile = 0.01;
  static constexpr auto fields() {
    return std::tuple{config::field(&LowProbability::quantile, "quantile", "share of the targets with a negative advantage", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "masks", kName = "low_probability";
  static constexpr std::string_view kFormula = "m = [A < 0, p within the lowest quantile of those, p < p_proxy]";
  static constexpr std::string_view kNeeds = "prescore advantage proxy_logprob";
  static constexpr std::string_view kSource = "arXiv:2510.03222 (Lp-Reg); CarlanLark/Lp-Reg-dev core_algos.py: compute_policy_loss_lp_reg";
};
inline const Declare<LowProbability> kLowProbabilityDeclared;

}  // namespace rlreason::train::masks
