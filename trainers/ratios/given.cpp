#include "trainers/ratios/given.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<GivenBehavior, RatioFunction> kEntry{
    [](const GivenBehavior& settings) -> RatioFunction {
      return [settings](const Streams& streams) {
        return make_ratio(streams.at("logprob"),
                          (streams.at("behavior_logprob").exp() + settings.epsilon).log());
      };
    }};

}  // namespace rlreason::train::ratios
