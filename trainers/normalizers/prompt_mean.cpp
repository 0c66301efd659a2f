#include "trainers/normalizers/prompt_mean.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<PromptMean, NormalizerFunction> kEntry{[](const PromptMean&) -> NormalizerFunction {
  return [](const std::vector<int64_t>& sequence, const MiniBatchCounts& counts) {
    RLR_ENSURE(!counts.prompt_of_sequence.empty(),
               "normalizer prompt_mean required the prompt of each target");
    std::vector<double> weights;
    weights.reserve(sequence.size());
    for (const int64_t s : sequence) {
      const int64_t prompt = counts.prompt_of_sequence[static_cast<size_t>(s)];
      weights.push_back(
          1.0 / (counts.selected_prompts * counts.targets_of_prompt[static_cast<size_t>(prompt)]));
    }
    return weights;
  };
}};

}  // namespace rlreason::train::normalizers
