#include "trainers/ratio_shaping/power.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<Power, ShapeFunction> kEntry{[](const Power& settings) -> ShapeFunction {
  return [exponent = settings.exponent](const Ratio& ratio) {
    return (ratio.log_ratio * exponent).exp();
  };
}};

}  // namespace rlreason::train::ratio_shaping
