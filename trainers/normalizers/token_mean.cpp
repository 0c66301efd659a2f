#include "trainers/normalizers/token_mean.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<TokenMean, NormalizerFunction> kEntry{
    [](const TokenMean& settings) -> NormalizerFunction {
      return [all = settings.over == "all"](const std::vector<int64_t>& sequence,
                                            const MiniBatchCounts& counts) {
        return std::vector<double>(sequence.size(),
                                   1.0 / (all ? counts.targets : counts.selected_targets));
      };
    }};

}  // namespace rlreason::train::normalizers
