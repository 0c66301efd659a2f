#include "trainers/ratio_shaping/truncate.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<Truncate, ShapeFunction> kEntry{[](const Truncate& settings) -> ShapeFunction {
  return [settings](const Ratio& ratio) { return ratio.value.clamp_max(settings.max); };
}};

}  // namespace rlreason::train::ratio_shaping
