#include "trainers/clips/tv_mask.h"

#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "trainers/piece.h"

namespace rlreason::train::clips {

const Implement<TotalVariationMask, ClipFunction> kEntry{
    [](const TotalVariationMask& settings) -> ClipFunction {
      return [settings](const Ratio& ratio, const at::Tensor& shaped) {
        const at::Tensor rise =
            ratio.logprob.detach().exp() - ratio.reference_logprob.exp();  // [r]
        const at::Tensor drop =
            (ratio.advantage > 0)
                .logical_and(rise > settings.high)
                .logical_or((ratio.advantage < 0).logical_and(rise < -settings.low));
        const at::Tensor keep = drop.logical_not();
        return Clipped{
            .surrogate = at::where(keep, ratio.advantage * shaped, at::zeros_like(ratio.advantage)),
            .clipped = keep.logical_not()};
      };
    }};

}  // namespace rlreason::train::clips
