#include "trainers/ratio_shaping/ratio_plus_log.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<RatioPlusLog, ShapeFunction> kEntry{
    [](const RatioPlusLog& settings) -> ShapeFunction {
      return [weight = settings.weight](const Ratio& ratio) {
        return ratio.value + ratio.log_ratio * weight;
      };
    }};

}  // namespace rlreason::train::ratio_shaping
