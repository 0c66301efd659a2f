#include "trainers/normalizers/token_mean.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<TokenMean, NormalizerFunction> kEntry{[](const TokenMean&) -> NormalizerFunction {
  return [](const std::vector<int64_t>& sequence, const MiniBatchCounts& counts) {
    return std::vector<double>(sequence.size(), 1.0 / counts.selected_targets);
  };
}};

}  // namespace rlreason::train::normalizers
