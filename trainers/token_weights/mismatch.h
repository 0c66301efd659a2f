// Correction for samples that another policy or engine drew than the one the ratio compares with (truncated importance
// sampling): a target weighs pi_old / mu up to a bound, without gradient.  With `beyond: drop` (masked importance sampling)
// targets outside the bounds weigh 0.  Needs streams old_logprob and behavior_logprob.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::token_weights {

struct Mismatch {
  double max = 5.0, min = 0.0;
  std::string beyond = "truncate";
  static constexpr auto fields() {
    using config::at_least;
    using config::field;
    return std::tuple{field(&Mismatch::max, "max", "largest weight", config::above(0.0)),
                      field(&Mismatch::min, "min", "smallest weight", at_least(0.0)),
                      field(&Mismatch::beyond, "beyond", "a weight outside the bounds is set to the bound, or the target is left out",
                            config::choices({"truncate", "drop"}))};
  }
  static constexpr std::string_view kAxis = "token_weights", kName = "mismatch";
  static constexpr std::string_view kFormula = "kappa = clamp(exp(old_logprob - behavior_logprob), min, max)";
  static constexpr std::string_view kNeeds = "old_logprob behavior_logprob";
  static constexpr std::string_view kSource = "arXiv:2602.12125 (token TIS, cap 5); arXiv:2512.01374 eq. 6 (cap 5); verl, trl grpo_trainer.py (TIS, masked IS)";
};
inline const Declare<Mismatch> kMismatchDeclared;

}  // namespace rlreason::train::token_weights
