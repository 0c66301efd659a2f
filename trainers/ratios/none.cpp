#include "trainers/ratios/none.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<NoRatio, RatioFunction> kEntry{[](const NoRatio&) -> RatioFunction {
  return [](const Streams& streams) {
    const at::Tensor logprob = streams.at("logprob").detach();
    return make_ratio(logprob, logprob);
  };
}};

}  // namespace rlreason::train::ratios
