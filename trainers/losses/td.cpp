#include "trainers/losses/td.h"

#include <ATen/ops/zeros_like.h>

#include "trainers/piece.h"

namespace rlreason::train::losses {
namespace {

// [r] the value at the next target of the same response, 0 at its last.
at::Tensor next_value(const Streams& streams) {
  const at::Tensor value = streams.at("vocab_mean").detach() - streams.at("old_vocab_mean");
  at::Tensor next = at::zeros_like(value);
  const int64_t last = value.size(0) - 1;
  if (last <= 0) return next;
  const at::Tensor& sequence = streams.at("sequence");
  const at::Tensor same = sequence.slice(0, 1).eq(sequence.slice(0, 0, last));
  next.slice(0, 0, last).copy_(value.slice(0, 1) * same.to(value.scalar_type()));
  return next;
}

}  // namespace

const Implement<TemporalDifference, LossFunction> kEntry{
    [](const TemporalDifference& settings) -> LossFunction {
      return [rho = settings.rho](const Streams& streams, const SurrogateParts&) {
        const at::Tensor own = rho * (streams.at("logprob") - streams.at("old_logprob"));
        const at::Tensor residual = own - (streams.at("advantage") + rho * next_value(streams));
        return LossValue{.loss = residual * residual, .clipped = {}, .ratio = {}};
      };
    }};

}  // namespace rlreason::train::losses
