#include "trainers/ratios/old.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<OldPolicy, RatioFunction> kEntry{[](const OldPolicy& settings) -> RatioFunction {
  return [level = settings.level](const Streams& streams) {
    return make_ratio(streams, streams.at("old_logprob"), level);
  };
}};

}  // namespace rlreason::train::ratios
