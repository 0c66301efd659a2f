#include "trainers/ratios/behavior.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<BehaviorPolicy, RatioFunction> kEntry{
    [](const BehaviorPolicy& settings) -> RatioFunction {
      return [settings](const Streams& streams) {
        return make_ratio(streams, streams.at("behavior_logprob"), settings.level);
      };
    }};

}  // namespace rlreason::train::ratios
