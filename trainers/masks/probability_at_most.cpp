#include "trainers/masks/probability_at_most.h"

#include "trainers/piece.h"

namespace rlreason::train::masks {

const Implement<ProbabilityAtMost, MaskFunction> kEntry{
    [](const ProbabilityAtMost& settings) -> MaskFunction {
      return [max = settings.max](const Streams& streams, const std::vector<double>&) {
        return streams.at("logprob").detach().exp() <= max;
      };
    }};

}  // namespace rlreason::train::masks
