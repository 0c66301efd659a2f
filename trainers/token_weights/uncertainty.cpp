#include "trainers/token_weights/uncertainty.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<Uncertainty, TokenWeightFunction> kEntry{
    [](const Uncertainty&) -> TokenWeightFunction {
      return [](const Streams& streams) {
        const at::Tensor p = streams.at("logprob").detach().exp();
        return p * (1.0 - p);
      };
    }};

}  // namespace rlreason::train::token_weights
