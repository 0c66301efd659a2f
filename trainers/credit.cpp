#include "trainers/credit.h"

#include <algorithm>
#include <cmath>

namespace rlreason::train {

Credit credit_tokens(const CreditFunction& credit, const TargetSet& facts,
                     const std::vector<double>& earned, const std::vector<double>& value) {
  Credit result{.advantage = earned, .target = value};
  for (size_t begin = 0; begin < facts.size();) {
    std::vector<size_t> own;  // the policy's targets of one sequence
    std::vector<double> values;
    size_t end = begin;
    for (; end < facts.size() && facts.sequence[end] == facts.sequence[begin]; ++end)
      if (facts.source[end] == Source::policy) own.push_back(end), values.push_back(value[end]);
    const std::vector<double> advantage = credit(earned[begin], values);
    for (size_t i = 0; i < own.size(); ++i) {
      result.advantage[own[i]] = advantage[i];
      result.target[own[i]] = advantage[i] + values[i];
    }
    begin = end;
  }
  return result;
}

void whiten(const std::vector<CreditedPart>& parts,
            const std::function<void(std::vector<double>&)>& all_reduce) {
  const auto for_each = [&](auto&& visit) {
    for (const CreditedPart& part : parts)
      for (size_t r = 0; r < part.facts->size(); ++r)
        if (part.facts->source[r] == Source::policy) visit((*part.advantage)[r]);
  };
  std::vector<double> sums = {0, 0};  // tokens, their advantages
  for_each([&](double& own) { sums[0] += 1, sums[1] += own; });
  all_reduce(sums);
  if (sums[0] < 2) return;
  const double mean = sums[1] / sums[0];
  std::vector<double> squares = {0};
  for_each([&](double& own) { squares[0] += (own - mean) * (own - mean); });
  all_reduce(squares);
  const double scale = 1.0 / std::sqrt(squares[0] / (sums[0] - 1) + 1e-8);
  for_each([&](double& own) { own = (own - mean) * scale; });
}

ValueLoss value_loss(double value, double old_value, double target, double clip) {
  const double plain = (value - target) * (value - target) / 2;
  if (clip <= 0) return {.loss = plain, .slope = value - target};
  const double near = std::clamp(value, old_value - clip, old_value + clip);
  const double clamped = (near - target) * (near - target) / 2;
  if (clamped <= plain) return {.loss = plain, .slope = value - target};
  return {.loss = clamped, .slope = 0, .clipped = true};  // near stands still
}

}  // namespace rlreason::train
