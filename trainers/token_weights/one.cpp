#include "trainers/token_weights/one.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<UnitWeight, TokenWeightFunction> kEntry{
    [](const UnitWeight&) -> TokenWeightFunction {
      return [](const Streams&) { return at::Tensor(); };
    }};

}  // namespace rlreason::train::token_weights
