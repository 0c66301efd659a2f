#include "trainers/losses/entropy.h"

#include "trainers/piece.h"

namespace rlreason::train::losses {

const Implement<Entropy, LossFunction> kEntry{[](const Entropy&) -> LossFunction {
  return [](const Streams& streams, const SurrogateParts&) {
    return LossValue{.loss = -streams.at("entropy"), .clipped = {}, .ratio = {}};
  };
}};

}  // namespace rlreason::train::losses
