#include "trainers/token_weights/mismatch.h"

#include "trainers/piece.h"

namespace rlreason::train::token_weights {

const Implement<Mismatch, TokenWeightFunction> kEntry{
    [](const Mismatch& settings) -> TokenWeightFunction {
      return [settings](const Streams& streams) {
        const at::Tensor weight =
            make_ratio(streams.at("old_logprob"), streams.at("behavior_logprob")).value.detach();
        if (settings.beyond == "drop")
          return weight * ((weight >= settings.min) & (weight <= settings.max));
        return weight.clamp(settings.min, settings.max);
      };
    }};

}  // namespace rlreason::train::token_weights
