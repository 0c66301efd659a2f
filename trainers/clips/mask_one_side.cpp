#include "trainers/clips/mask_one_side.h"

#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<MaskOneSide, ClipFunction> kEntry{[](const MaskOneSide& settings) -> ClipFunction {
  return [settings](const Ratio& ratio, const at::Tensor& shaped) {
    const at::Tensor rho = ratio.value.detach();  // [r]
    const at::Tensor drop =
        (ratio.advantage > 0)
            .logical_and(rho > 1.0 + settings.high)
            .logical_or((ratio.advantage < 0).logical_and(rho < 1.0 - settings.low));
    const at::Tensor keep = drop.logical_not();
    return Clipped{
        .surrogate = at::where(keep, ratio.advantage * shaped, at::zeros_like(ratio.advantage)),
        .clipped = keep.logical_not()};
  };
}};

}  // namespace rlreason::train::clips
