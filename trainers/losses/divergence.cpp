#include "trainers/losses/divergence.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {
namespace {

at::Tensor estimate(const Divergence& settings, const at::Tensor& difference) {
  if (settings.estimator == "k1") return -difference;
  if (settings.estimator == "k2") return 0.5 * difference * difference;
  if (settings.estimator == "absolute") return difference.abs();
  const at::Tensor bounded = difference.clamp(-kLogRatioBound, kLogRatioBound);  // log q - log p
  if (settings.estimator == "k3")
    return (bounded.exp() - bounded - 1.0).clamp(-settings.bound, settings.bound);
  const at::Tensor u = (-bounded).exp();
  if (settings.estimator == "forward") return u - 1.0 + bounded;
  if (settings.estimator == "js") return -u * bounded - (u + 1.0) * ((u + 1.0) * 0.5).log();
  const double a = settings.alpha;
  return ((-(1.0 - a) * bounded).exp() - (1.0 - a) * u - a) / (a * (a - 1.0));
}

}  // namespace

const Implement<Divergence, LossFunction> kEntry{[](const Divergence& settings) -> LossFunction {
  return [settings, anchor = settings.anchor + "_logprob"](const Streams& streams,
                                                           const SurrogateParts&) {
    return LossValue{.loss = estimate(settings, streams.at(anchor) - streams.at("logprob")),
                     .clipped = {},
                     .ratio = {}};
  };
}};

}  // namespace rlreason::train::losses
