#include "trainers/losses/centred_clip.h"

#include <ATen/ops/clamp.h>
#include <ATen/ops/minimum.h>

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<CentredClip, LossFunction> kEntry{[](const CentredClip& settings) -> LossFunction {
  return [settings](const Streams& streams, const SurrogateParts&) {
    const at::Tensor& behavior = streams.at("behavior_logprob");
    const at::Tensor& advantage = streams.at("advantage");
    const at::Tensor ratio = make_ratio(streams.at("logprob"), behavior).value;       // [r]
    const at::Tensor centre = make_ratio(streams.at("old_logprob"), behavior).value;  // [r]
    const at::Tensor free = advantage * ratio;
    const at::Tensor bounded =
        advantage * at::clamp(ratio, centre - settings.low, centre + settings.high);
    return LossValue{.loss = -at::minimum(free, bounded),
                     .clipped = bounded.detach() < free.detach(),
                     .ratio = ratio.detach()};
  };
}};

}  // namespace rlreason::train::losses
