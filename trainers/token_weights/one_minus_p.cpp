#include "trainers/token_weights/one_minus_p.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<OneMinusProbability, TokenWeightFunction> kEntry{
    [](const OneMinusProbability& settings) -> TokenWeightFunction {
      return [exponent = settings.exponent](const Streams& streams) {
        // expm1: 1 - p keeps its digits where p is close to 1; a log-prob above 0 by rounding counts as p = 1.
        return (-streams.at("logprob").detach().expm1()).clamp_min(0.0).pow(exponent);
      };
    }};

}  // namespace rlreason::train::token_weights
