#include "trainers/ratio_shaping/one.h"

#include <ATen/ops/ones_like.h>

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<UnitShape, ShapeFunction> kEntry{[](const UnitShape&) -> ShapeFunction {
  return [](const Ratio& ratio) { return at::ones_like(ratio.value.detach()); };
}};

}  // namespace rlreason::train::ratio_shaping
