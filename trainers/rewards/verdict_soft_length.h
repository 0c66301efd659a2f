// The verdict as a number, less a penalty that grows over the last stretch before a length: 0 up to (1 - share) max tokens,
// then linearly to -1 at max and beyond.
#pragma once

#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::rewards {

struct SoftLength {
  double right = 1.0, wrong = 0.0, max = 0.0, share = 0.2;
  static constexpr auto fields() {
    return std::tuple{config::field(&SoftLength::right, "right", "reward of a right answer"),
                      config::field(&SoftLength::wrong, "wrong", "reward of a wrong answer"),
                      config::field(&SoftLength::max, "max", "tokens of the full penalty; 0 takes rollout.max_new_tokens", config::at_least(0.0)),
                      config::field(&SoftLength::share, "share", "part of max over which the penalty grows", config::in(1e-3, 1.0))};
  }
  static constexpr std::string_view kAxis = "rewards", kName = "verdict_soft_length";
  static constexpr std::string_view kFormula = "reward = right | wrong + clamp(((1 - share) max - tokens) / (share max), -1, 0)";
  static constexpr std::string_view kSource = "arXiv:2503.14476 eq. 13 (soft overlong punishment; 4096 of 20480 tokens)";
};
inline const Declare<SoftLength> kSoftLengthDeclared;

}  // namespace rlreason::train::rewards
