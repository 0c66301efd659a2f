#include "trainers/clips/ppo.h"

#include <ATen/ops/minimum.h>

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<PpoClip, ClipFunction> kEntry{[](const PpoClip& settings) -> ClipFunction {
  return [settings](const at::Tensor& advantage, const at::Tensor& shaped) {
    const at::Tensor free = advantage * shaped;  // [r]
    const at::Tensor bounded =
        advantage * shaped.clamp(1.0 - settings.low, 1.0 + settings.high);  // [r]
    return Clipped{.surrogate = at::minimum(free, bounded),
                   .clipped = bounded.detach() < free.detach()};
  };
}};

}  // namespace rlreason::train::clips
