#include "trainers/token_weights/probability.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<Probability, TokenWeightFunction> kEntry{
    [](const Probability&) -> TokenWeightFunction {
      return [](const Streams& streams) { return streams.at("logprob").detach().exp(); };
    }};

}  // namespace rlreason::train::token_weights
