#include "trainers/ratio_shaping/p_over_p_plus.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<POverPPlus, ShapeFunction> kEntry{[](const POverPPlus& settings) -> ShapeFunction {
  return
      [gamma = settings.gamma](const Ratio& ratio) { return ratio.value / (ratio.value + gamma); };
}};

}  // namespace rlreason::train::ratio_shaping
