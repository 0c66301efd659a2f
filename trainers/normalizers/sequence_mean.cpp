#include "trainers/normalizers/sequence_mean.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<SequenceMean, NormalizerFunction> kEntry{
    [](const SequenceMean&) -> NormalizerFunction {
      return [](const std::vector<int64_t>& sequence, const MiniBatchCounts& counts) {
        std::vector<double> weights;
        weights.reserve(sequence.size());
        for (const int64_t s : sequence)
          weights.push_back(1.0 / (counts.selected_sequences *
                                   counts.targets_of_sequence[static_cast<size_t>(s)]));
        return weights;
      };
    }};

}  // namespace rlreason::train::normalizers
