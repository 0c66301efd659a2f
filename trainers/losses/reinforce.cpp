#include "trainers/losses/reinforce.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<Reinforce, LossFunction> kEntry{[](const Reinforce&) -> LossFunction {
  return [](const Streams& streams, const SurrogateParts& parts) {
    Ratio ratio = parts.ratio(streams);
    ratio.advantage = streams.at("advantage");
    ratio.clip_bounds = parts.clip_bounds;
    const Clipped weight = parts.clip(ratio, parts.shape(ratio));
    return LossValue{.loss = -weight.surrogate.detach() * streams.at("logprob"),
                     .clipped = weight.clipped,
                     .ratio = ratio.value.detach()};
  };
}};

}  // namespace rlreason::train::losses
