#include "trainers/ratios/one.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<UnitBehavior, RatioFunction> kEntry{[](const UnitBehavior&) -> RatioFunction {
  return [](const Streams& streams) { return make_ratio(streams.at("logprob"), {}); };
}};

}  // namespace rlreason::train::ratios
