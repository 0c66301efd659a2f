#include "trainers/losses/regression.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<Regression, LossFunction> kEntry{[](const Regression& settings) -> LossFunction {
  return [settings](const Streams& streams, const SurrogateParts& parts) {
    const Ratio ratio = parts.ratio(streams);
    const at::Tensor residual = settings.beta * ratio.difference - streams.at("advantage");  // [r]
    return LossValue{.loss = residual * residual, .clipped = {}, .ratio = ratio.value.detach()};
  };
}};

}  // namespace rlreason::train::losses
