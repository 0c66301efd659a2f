#include "trainers/clips/upper.h"

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<UpperBound, ClipFunction> kEntry{[](const UpperBound& settings) -> ClipFunction {
  return [settings](const Ratio& ratio, const at::Tensor& shaped) {
    return Clipped{.surrogate = ratio.advantage * shaped.clamp_max(settings.cap),
                   .clipped = shaped.detach() > settings.cap};
  };
}};

}  // namespace rlreason::train::clips
