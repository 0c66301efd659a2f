#include "trainers/losses/divergence.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {
namespace {

at::Tensor estimate(const Divergence& settings, const at::Tensor& difference) {
  if (settings.estimator == "k1") return -difference;
  if (settings.estimator == "k2") return 0.5 * difference * difference;
  if (settings.estimator == "absolute") return difference.abs();
  const at::Tensor bounded = difference.clamp(-kLogRatioBound, kLogRatioBound);
  return (bounded.exp() - bounded - 1.0).clamp(-settings.bound, settings.bound);
}

}  // namespace

const Implement<Divergence, LossFunction> kEntry{[](const Divergence& settings) -> LossFunction {
  return [settings](const Streams& streams, const SurrogateParts&) {
    return LossValue{.loss = estimate(settings, streams.at("ref_logprob") - streams.at("logprob")),
                     .clipped = {},
                     .ratio = {}};
  };
}};

}  // namespace rlreason::train::losses
