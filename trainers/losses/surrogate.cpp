#include "trainers/losses/surrogate.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<Surrogate, LossFunction> kEntry{[](const Surrogate&) -> LossFunction {
  return [](const Streams& streams, const SurrogateParts& parts) {
    Ratio ratio = parts.ratio(streams);
    ratio.advantage = streams.at("advantage");
    ratio.clip_bounds = parts.clip_bounds;
    const Clipped clipped = parts.clip(ratio, parts.shape(ratio));
    return LossValue{
        .loss = -clipped.surrogate, .clipped = clipped.clipped, .ratio = ratio.value.detach()};
  };
}};

}  // namespace rlreason::train::losses
