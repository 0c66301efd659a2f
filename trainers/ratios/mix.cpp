#include "trainers/ratios/mix.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<MixedReference, RatioFunction> kEntry{
    [](const MixedReference& settings) -> RatioFunction {
      return [settings](const Streams& streams) {
        const at::Tensor& old = streams.at("old_logprob");
        if (settings.alpha == 1.0) return make_ratio(streams.at("logprob"), old);
        const at::Tensor& anchor = streams.at(settings.anchor + "_logprob");
        return make_ratio(streams.at("logprob"),
                          settings.alpha * old + (1.0 - settings.alpha) * anchor);
      };
    }};

}  // namespace rlreason::train::ratios
