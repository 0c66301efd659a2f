#include "trainers/ratios/old.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<OldPolicy, RatioFunction> kEntry{[](const OldPolicy&) -> RatioFunction {
  return [](const Streams& streams) {
    return make_ratio(streams.at("logprob"), streams.at("old_logprob"));
  };
}};

}  // namespace rlreason::train::ratios
