#include "trainers/ratio_shaping/sapo.h"

#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<SoftGate, ShapeFunction> kEntry{[](const SoftGate& settings) -> ShapeFunction {
  return [settings](const Ratio& ratio) {
    const at::Tensor tau =
        at::where(ratio.advantage > 0, at::full_like(ratio.advantage, settings.tau_pos),
                  at::full_like(ratio.advantage, settings.tau_neg));  // [r]
    return 4.0 / tau * (tau * (ratio.value - 1.0)).sigmoid();
  };
}};

}  // namespace rlreason::train::ratio_shaping
