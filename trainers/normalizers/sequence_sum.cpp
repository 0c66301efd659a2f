#include "trainers/normalizers/sequence_sum.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<SequenceSum, NormalizerFunction> kEntry{
    [](const SequenceSum&) -> NormalizerFunction {
      return [](const std::vector<int64_t>& sequence, const MiniBatchCounts& counts) {
        return std::vector<double>(sequence.size(), 1.0 / counts.selected_sequences);
      };
    }};

}  // namespace rlreason::train::normalizers
