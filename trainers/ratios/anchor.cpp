#include "trainers/ratios/anchor.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<AnchorPolicy, RatioFunction> kEntry{
    [](const AnchorPolicy& settings) -> RatioFunction {
      return [settings](const Streams& streams) {
        return make_ratio(streams, streams.at(settings.anchor + "_logprob"), settings.level);
      };
    }};

}  // namespace rlreason::train::ratios
