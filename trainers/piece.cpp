#include "trainers/piece.h"

namespace rlreason::train {

Ratio make_ratio(const at::Tensor& logprob, const at::Tensor& reference_logprob) {
  Ratio ratio;
  ratio.logprob = logprob;
  ratio.reference_logprob = reference_logprob;
  const at::Tensor difference = reference_logprob.defined() ? logprob - reference_logprob : logprob;
  ratio.log_ratio = difference.clamp(-kLogRatioBound, kLogRatioBound);
  ratio.value = ratio.log_ratio.exp();
  return ratio;
}

}  // namespace rlreason::train
