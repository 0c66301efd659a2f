// Regression of the policy's own log-ratio onto reward and the value of a uniform policy at the next token (ROVER).
//
// With V(t) = vocab_mean(t) - old_vocab_mean(t), the change of the vocabulary's mean log-probability since the iteration began,
// and V = 0 behind the last token of a response:
//   loss = (rho (logprob - old_logprob) - sg(A + rho V(t + 1)))^2
// Targets of a response stand in the order of its tokens.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::losses {

struct TemporalDifference {
  double rho = 1.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&TemporalDifference::rho, "rho", "scale of log-ratios as values", config::above(0.0))};
  }
  static constexpr std::string_view kAxis = "losses", kName = "td";
  static constexpr std::string_view kFormula = "loss = (rho (logprob - old_logprob) - sg(A + rho V_next))^2";
  static constexpr std::string_view kSource = "arXiv:2509.24981 (ROVER); tinnerhrhe/ROVER dp_actor.py, torch_functional.py: sum_log_softmax";
  static constexpr std::string_view kNeeds = "old_logprob vocab_mean old_vocab_mean advantage";
};
inline const Declare<TemporalDifference> kTemporalDifferenceDeclared;

}  // namespace rlreason::train::losses
