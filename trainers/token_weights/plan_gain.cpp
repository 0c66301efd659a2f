#include "trainers/token_weights/plan_gain.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<PlanGain, TokenWeightFunction> kEntry{
    [](const PlanGain& settings) -> TokenWeightFunction {
      return [blend = settings.blend](const Streams& streams) {
        const at::Tensor plain = streams.at("logprob").detach();
        return (blend * streams.at("hinted_logprob") + (1.0 - blend) * plain).exp();
      };
    }};

}  // namespace rlreason::train::token_weights
