#include "trainers/normalizers/constant_length.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<ConstantLength, NormalizerFunction> kEntry{
    [](const ConstantLength& settings) -> NormalizerFunction {
      return [settings](const std::vector<int64_t>& sequence, const MiniBatchCounts& counts) {
        const double sequences = settings.reduce == "mean" ? counts.sequences : 1.0;
        return std::vector<double>(sequence.size(), 1.0 / (settings.length * sequences));
      };
    }};

}  // namespace rlreason::train::normalizers
