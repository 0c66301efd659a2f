// Group-relative advantage, one per sequence [S]: reward minus the mean of its group, the demonstration included with
// scope: all.  The deviation is Bessel-corrected.  A group of equal rewards gives exactly 0.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::advantages {

struct GroupBaseline {
  std::string scope = "all";
  std::string baseline = "mean";
  std::string scale = "none";
  double epsilon = 1e-6;
  std::string zero_std = "epsilon";
  std::string singleton = "zero";
  static constexpr auto fields() {
    using config::choices;
    return std::tuple{
        config::field(&GroupBaseline::scope, "scope", "whose rewards make the mean and deviation", choices({"all", "on_policy"})),
        config::field(&GroupBaseline::baseline, "baseline", "subtracted term", choices({"mean", "none"})),
        config::field(&GroupBaseline::scale, "scale", "divisor", choices({"none", "group_std"})),
        config::field(&GroupBaseline::epsilon, "epsilon", "added to the deviation", config::at_least(0.0)),
        config::field(&GroupBaseline::zero_std, "zero_std", "a deviation of 0 is left to epsilon or replaced by 1", choices({"epsilon", "one"})),
        config::field(&GroupBaseline::singleton, "singleton", "a group of one gets 0, or its raw reward (mean 0, deviation 1)", choices({"zero", "raw"}))};
  }
  static constexpr std::string_view kAxis = "advantages", kName = "group_baseline";
  static constexpr std::string_view kFormula = "A = (r - mean(group)) / (std(group) + epsilon)";
  static constexpr std::string_view kSource = "arXiv:2402.03300 §4.1 (group_std); arXiv:2503.20783 (scale: none); LUFFY core_algos.py and mix_core_alg.py grpo_split";
};
inline const Declare<GroupBaseline> kGroupBaselineDeclared;

}  // namespace rlreason::train::advantages
