#include "trainers/token_weights/positive_advantage.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<PositiveAdvantage, TokenWeightFunction> kEntry{
    [](const PositiveAdvantage&) -> TokenWeightFunction {
      return [](const Streams& streams) {
        const at::Tensor& advantage = streams.at("advantage");
        return advantage.gt(0).to(advantage.scalar_type());
      };
    }};

}  // namespace rlreason::train::token_weights
