#include "trainers/token_weights/solve_rate.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<SolveRate, TokenWeightFunction> kEntry{
    [](const SolveRate& settings) -> TokenWeightFunction {
      return [min = settings.min](const Streams& streams) {
        return streams.at("solve_rate").clamp_min(min);
      };
    }};

}  // namespace rlreason::train::token_weights
