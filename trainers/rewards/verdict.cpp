#include "trainers/rewards/verdict.h"

#include "trainers/piece.h"

namespace rlreason::train::rewards {

const Implement<VerdictReward, RewardFunction> kEntry{
    [](const VerdictReward& settings) -> RewardFunction {
      return [settings](const data::Verdict& verdict, int64_t) {
        return verdict.right() ? settings.right : settings.wrong;
      };
    }};

}  // namespace rlreason::train::rewards
