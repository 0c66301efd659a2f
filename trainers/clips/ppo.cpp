#include "trainers/clips/ppo.h"

#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<PpoClip, ClipFunction> kEntry{[](const PpoClip& settings) -> ClipFunction {
  return [settings](const Ratio& ratio, const at::Tensor& shaped) {
    const at::Tensor free = ratio.advantage * shaped;  // [r]
    const at::Tensor bounded =
        ratio.advantage * shaped.clamp(1.0 - settings.low, 1.0 + settings.high);  // [r]
    Clipped own{.surrogate = at::minimum(free, bounded),
                .clipped = bounded.detach() < free.detach()};
    if (settings.dual == 0.0) return own;
    const at::Tensor floor = ratio.advantage * settings.dual;  // [r]
    const at::Tensor decides = (ratio.advantage < 0).logical_and(own.surrogate.detach() < floor);
    own.surrogate = at::where(decides, floor, own.surrogate);
    own.clipped = own.clipped.logical_or(decides);
    return own;
  };
}};

}  // namespace rlreason::train::clips
