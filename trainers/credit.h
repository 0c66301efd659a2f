// From what a response earned to what each of its tokens earned, by a critic's values.
//
// Legend: R targets, those of a sequence in one run.
// Only the policy's own tokens get a value and a share: the rest keep their response's advantage.
//   A_t by the piece of axis critics; the critic's target G_t = A_t + V_t; then, with `whiten`, over the policy's tokens of
//   the iteration on all ranks A <- (A - mean) / sqrt(variance + 1e-8), variance with n - 1 in its denominator.
// Source: volcengine/verl verl/trainer/ppo/core_algos.py, verl/utils/torch_functional.py (masked_whiten).
// Thread safety: pure functions.
#pragma once

#include <functional>
#include <vector>

#include "trainers/objective.h"
#include "trainers/piece.h"

namespace rlreason::train {

struct Credit {
  std::vector<double> advantage;  // [R]
  std::vector<double> target;     // [R] what the value should have been; the value itself where it is not the policy's
};

// `earned` [R]: the advantage of each target's response; `value` [R], read for the policy's targets.
Credit credit_tokens(const CreditFunction& credit, const TargetSet& facts, const std::vector<double>& earned,
                     const std::vector<double>& value);

struct CreditedPart {
  const TargetSet* facts = nullptr;
  std::vector<double>* advantage = nullptr;  // [R]
};
// `all_reduce` adds sums up over ranks.  Fewer than two tokens stay as they are.
void whiten(const std::vector<CreditedPart>& parts, const std::function<void(std::vector<double>&)>& all_reduce);

// Half the square, with the step away from the value before the update clamped to +-clip; 0: not clamped.
//   loss = max((V - G)^2, (clamp(V, V_old - clip, V_old + clip) - G)^2) / 2
struct ValueLoss {
  double loss = 0, slope = 0;  // d loss / d V
  bool clipped = false;        // the clamped term decided
};
ValueLoss value_loss(double value, double old_value, double target, double clip);

}  // namespace rlreason::train
