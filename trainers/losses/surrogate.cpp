#include "trainers/losses/surrogate.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<Surrogate, LossFunction> kEntry{[](const Surrogate&) -> LossFunction {
  return [](const Streams& streams, const SurrogateParts& parts) {
    const Ratio ratio = parts.ratio(streams);
    const Clipped clipped = parts.clip(streams.at("advantage"), parts.shape(ratio));
    return LossValue{
        .loss = -clipped.surrogate, .clipped = clipped.clipped, .ratio = ratio.value.detach()};
  };
}};

}  // namespace rlreason::train::losses
