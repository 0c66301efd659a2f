#include "trainers/ratio_shaping/taper01.h"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<Taper, ShapeFunction> kEntry{[](const Taper& settings) -> ShapeFunction {
  return [settings](const Ratio& ratio) {
    const at::Tensor tapered = ratio.value.clamp_max(1.0);  // [r]
    if (settings.when == "always") return tapered;
    return at::where(ratio.advantage > 0, at::ones_like(tapered), tapered);
  };
}};

}  // namespace rlreason::train::ratio_shaping
