#include "trainers/rewards/verdict_soft_length.h"

#include <algorithm>

#include "trainers/piece.h"

namespace rlreason::train::rewards {

const Implement<SoftLength, RewardFunction> kEntry{
    [](const SoftLength& settings) -> RewardFunction {
      return [settings](const data::Verdict& verdict, int64_t response_tokens) {
        const double stretch = settings.share * settings.max;
        const double excess = settings.max - stretch - static_cast<double>(response_tokens);
        return (verdict.right() ? settings.right : settings.wrong) +
               std::clamp(excess / stretch, -1.0, 0.0);
      };
    }};

}  // namespace rlreason::train::rewards
