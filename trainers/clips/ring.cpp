#include "trainers/clips/ring.h"

#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<MaskRing, ClipFunction> kEntry{[](const MaskRing& settings) -> ClipFunction {
  return [settings](const Ratio& ratio, const at::Tensor& shaped) {
    const at::Tensor rho = ratio.value.detach();  // [r]
    const at::Tensor inside = (rho >= 1.0 - settings.low).logical_and(rho <= 1.0 + settings.high);
    const at::Tensor raise = (ratio.advantage >= 0).logical_and(rho <= 1.0 - settings.low_outer);
    const at::Tensor lower = (ratio.advantage <= 0).logical_and(rho >= 1.0 + settings.high_outer);
    const at::Tensor keep = inside.logical_or(raise).logical_or(lower);
    return Clipped{
        .surrogate = at::where(keep, ratio.advantage * shaped, at::zeros_like(ratio.advantage)),
        .clipped = keep.logical_not()};
  };
}};

}  // namespace rlreason::train::clips
