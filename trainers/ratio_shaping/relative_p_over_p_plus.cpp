#include "trainers/ratio_shaping/relative_p_over_p_plus.h"

#include "trainers/piece.h"

namespace rlreason::train::ratio_shaping {

const Implement<RelativePOverPPlus, ShapeFunction> kEntry{
    [](const RelativePOverPPlus& settings) -> ShapeFunction {
      return [gamma = settings.gamma](const Ratio& ratio) {
        const auto shaped = [gamma](const at::Tensor& logprob) {
          const at::Tensor p = logprob.exp();
          return p / (p + gamma);
        };
        return shaped(ratio.logprob) / shaped(ratio.reference_logprob);
      };
    }};

}  // namespace rlreason::train::ratio_shaping
