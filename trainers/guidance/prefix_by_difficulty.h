// The share grows with the difficulty of the prompt as the group's own responses so far show it; noise per response.
#pragma once

#include <string_view>
#include <tuple>

#include "core/error.h"
#include "trainers/catalog/pieces.h"

namespace rlreason::train::guidance {

struct PrefixByDifficulty {
  double min = 0.2, max = 0.8;
  double noise = 0.0;
  static constexpr auto fields() {
    return std::tuple{config::field(&PrefixByDifficulty::min, "min", "share where every response was right", config::in(0.0, 1.0)),
                      config::field(&PrefixByDifficulty::max, "max", "share where none was; not below min", config::in(0.0, 1.0)),
                      config::field(&PrefixByDifficulty::noise, "noise", "half width of the uniform noise on the share", config::in(0.0, 1.0))};
  }
  static void check(const PrefixByDifficulty& own) {
    if (own.max < own.min)
      throw UserError("guidance prefix_by_difficulty: required min <= max, {} and {} came", own.min, own.max);
  }
  static constexpr std::string_view kAxis = "guidance", kName = "prefix_by_difficulty";
  static constexpr std::string_view kFormula = "share = clip(min + (max - min)(1 - solve rate) + noise U(-1, 1), 0, 1)";
  static constexpr std::string_view kSource = "arXiv:2512.13095 (ADHint), hint ratio from the mean reward of the naive rollouts";
};
inline const Declare<PrefixByDifficulty> kPrefixByDifficultyDeclared;

}  // namespace rlreason::train::guidance
