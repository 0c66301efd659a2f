#include "trainers/normalizers/token_mean.h"

#include "trainers/piece.h"

namespace rlreason::train::normalizers {

const Implement<TokenMean, NormalizerFunction> kEntry{
    [](const TokenMean& settings) -> NormalizerFunction {
      return [over = settings.over](const std::vector<int64_t>& sequence,
                                    const MiniBatchCounts& counts) {
        const double count = over == "all"        ? counts.targets
                             : over == "unmasked" ? counts.unmasked_targets
                                                  : counts.selected_targets;
        return std::vector<double>(sequence.size(), 1.0 / count);
      };
    }};

}  // namespace rlreason::train::normalizers
