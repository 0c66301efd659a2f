// Which token of a response earned its reward: generalised advantage estimation over a critic's values.
//
//   delta_t = gamma V_{t+1} - V_t, the last one R - V_t;   A_t = delta_t + gamma lambda A_{t+1}
// V_t is the value before token t is written, R what the response earned; there is no reward on the way, and nothing is
// expected after the end, also where the length limit was the end.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::critics {

struct Gae {
  double gamma = 1.0;
  double lambda = 1.0;
  static constexpr auto fields() {
    using config::field;
    using config::in;
    return std::tuple{field(&Gae::gamma, "gamma", "discount a token", in(0.0, 1.0)),
                      field(&Gae::lambda, "lambda", "1: reward less value; 0: one step ahead only", in(0.0, 1.0))};
  }
  static constexpr std::string_view kAxis = "critics", kName = "gae";
  static constexpr std::string_view kFormula = "A_t = sum_l (gamma lambda)^l (r_{t+l} + gamma V_{t+l+1} - V_{t+l}), r = R at the last token and 0 before";
  static constexpr std::string_view kSource = "arXiv:1506.02438 eq. 16; volcengine/verl verl/trainer/ppo/core_algos.py (compute_gae_advantage_return)";
};
inline const Declare<Gae> kGaeDeclared;

}  // namespace rlreason::train::critics
