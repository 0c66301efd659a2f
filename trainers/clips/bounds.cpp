#include "trainers/clips/bounds.h"

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<Bounds, ClipFunction> kEntry{[](const Bounds& settings) -> ClipFunction {
  return [settings](const Ratio& ratio, const at::Tensor& shaped) {
    const at::Tensor bounded = shaped.clamp(settings.min, settings.max);  // [r]
    return Clipped{.surrogate = ratio.advantage * bounded,
                   .clipped = bounded.detach() != shaped.detach()};
  };
}};

}  // namespace rlreason::train::clips
