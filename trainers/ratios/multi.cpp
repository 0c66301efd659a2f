#include "trainers/ratios/multi.h"

#include "trainers/piece.h"

namespace rlreason::train::ratios {

const Implement<MultipleImportance, RatioFunction> kEntry{
    [](const MultipleImportance& settings) -> RatioFunction {
      return [constant = settings.constant](const Streams& streams) {
        const at::Tensor old = streams.at("old_logprob").exp();
        return make_ratio(streams.at("logprob"), (0.75 * old + 0.25 * constant).log());
      };
    }};

}  // namespace rlreason::train::ratios
