#include "trainers/ratio_shaping/identity.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<Identity, ShapeFunction> kEntry{[](const Identity&) -> ShapeFunction {
  return [](const Ratio& ratio) { return ratio.value; };
}};

}  // namespace rlreason::train::ratio_shaping
