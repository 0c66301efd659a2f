#include "trainers/ratio_shaping/log.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<Log, ShapeFunction> kEntry{[](const Log& settings) -> ShapeFunction {
  return [weight = settings.weight](const Ratio& ratio) { return ratio.log_ratio * weight; };
}};

}  // namespace rlreason::train::ratio_shaping
