// Ratio of a demonstration by multiple importance sampling: its author's unknown probability is estimated by the mean of
// the old policy's and a constant, and the balance heuristic mixes that with the old policy's.  Per target [R].
// Needs stream old_logprob, of demonstrations too (scored before the update).
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::ratios {

struct MultipleImportance {
  double constant = 1.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&MultipleImportance::constant, "constant", "what stands for a uniform policy: 1 in the released code, 1/V in the paper", config::in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "ratios", kName = "multi";
  static constexpr std::string_view kFormula = "rho = 2 p / (p_old + omega), omega = (p_old + constant) / 2";
  static constexpr std::string_view kNeeds = "old_logprob";
  static constexpr std::string_view kSource = "arXiv:2508.00222 eq. 4-5; RL-PLUS rlplus_core_alg.py";
};
inline const Declare<MultipleImportance> kMultipleImportanceDeclared;

}  // namespace rlreason::train::ratios
