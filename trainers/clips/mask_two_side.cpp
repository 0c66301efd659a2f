#include "trainers/clips/mask_two_side.h"

#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<MaskTwoSide, ClipFunction> kEntry{[](const MaskTwoSide& settings) -> ClipFunction {
  return [settings](const Ratio& ratio, const at::Tensor& shaped) {
    const at::Tensor rho = ratio.value.detach();  // [r]
    const at::Tensor keep = (rho >= 1.0 - settings.low).logical_and(rho <= 1.0 + settings.high);
    return Clipped{
        .surrogate = at::where(keep, ratio.advantage * shaped, at::zeros_like(ratio.advantage)),
        .clipped = keep.logical_not()};
  };
}};

}  // namespace rlreason::train::clips
