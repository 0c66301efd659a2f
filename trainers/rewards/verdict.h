// The verifier's verdict as a number.  An unscored response gets no reward and leaves its group.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::rewards {

struct VerdictReward {
  double right = 1.0, wrong = 0.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&VerdictReward::right, "right", "reward of a right answer"),
                      config::field(&VerdictReward::wrong, "wrong", "reward of a wrong answer")};
  }
  static constexpr std::string_view kAxis = "rewards", kName = "verdict";
  static constexpr std::string_view kFormula = "reward = right if the verifier says right, else wrong";
  static constexpr std::string_view kSource = "verifiable rewards";
};
inline const Declare<VerdictReward> kVerdictRewardDeclared;

}  // namespace rlreason::train::rewards
