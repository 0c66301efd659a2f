#include "trainers/piece.h"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

namespace rlreason::train {
namespace {

Ratio from_difference(at::Tensor difference, const at::Tensor& logprob,
                      const at::Tensor& reference_logprob) {
  Ratio ratio;
  ratio.logprob = logprob;
  ratio.reference_logprob = reference_logprob;
  ratio.difference = std::move(difference);
  ratio.log_ratio = ratio.difference.clamp(-kLogRatioBound, kLogRatioBound);
  ratio.value = ratio.log_ratio.exp();
  return ratio;
}

// [r] -> [r]: what all targets of a sequence add up to, or their mean, at each of them.
at::Tensor over_sequence(const at::Tensor& values, const at::Tensor& sequence, bool mean) {
  const at::Tensor empty = at::zeros({sequence.max().item<int64_t>() + 1}, values.options());
  at::Tensor total = empty.index_add(0, sequence, values);
  if (mean)
    total = total / empty.index_add(0, sequence, at::ones_like(values.detach())).clamp_min(1);
  return total.index_select(0, sequence);
}

}  // namespace

Ratio make_ratio(const at::Tensor& logprob, const at::Tensor& reference_logprob) {
  return from_difference(reference_logprob.defined() ? logprob - reference_logprob : logprob,
                         logprob, reference_logprob);
}

Ratio make_ratio(const Streams& streams, const at::Tensor& reference_logprob,
                 const std::string& level) {
  const at::Tensor& logprob = streams.at("logprob");
  if (level == "token") return make_ratio(logprob, reference_logprob);
  return from_difference(
      over_sequence(logprob - reference_logprob, streams.at("sequence"), level == "seq_geo"),
      logprob, reference_logprob);
}

}  // namespace rlreason::train
