// Group-relative advantage, one per sequence [S]: reward minus a baseline of its group (the demonstration included with
// scope: all), over a deviation, times a gain.  Deviations are Bessel-corrected unless ddof is 0.  A group of equal rewards gives
// exactly 0 before shift.
//
//   baseline  mean; loo: mean of the others; logmeanexp: tau log mean exp(r / tau); quantile (linear between ranks);
//             second_max: the second largest reward, and nothing below it counts; greedy: reward of the prompt's greedy
//             response (ReMax); none: 0
//   scale     none; group_std; batch_std: of all scored rewards of the iteration; batch_advantage_std: of r - baseline over the
//             iteration
#pragma once

#include <string>
#include <string_view>
#include <tuple>

#include "trainers/catalog/pieces.h"

namespace rlreason::train::advantages {

struct GroupBaseline {
  std::string scope = "all";
  std::string baseline = "mean";
  double tau = 1.0;
  double quantile = 0.5;
  double shift = 0.0;
  std::string scale = "none";
  int64_t ddof = 1;
  double epsilon = 1e-6;
  std::string zero_std = "epsilon";
  std::string singleton = "zero";
  double gain_positive = 1.0, gain_negative = 1.0;
  double length_base = 0.0;
  static constexpr auto fields() {
    using config::at_least;
    using config::choices;
    using config::field;
    return std::tuple{
        field(&GroupBaseline::scope, "scope", "whose rewards make the baseline and deviation", choices({"all", "on_policy"})),
        field(&GroupBaseline::baseline, "baseline", "subtracted term of the group",
              choices({"mean", "none", "loo", "logmeanexp", "quantile", "second_max", "greedy"})),
        field(&GroupBaseline::tau, "tau", "temperature of logmeanexp", at_least(1e-6)),
        field(&GroupBaseline::quantile, "quantile", "which quantile; 0.5 is the median", config::in(0.0, 1.0)),
        field(&GroupBaseline::shift, "shift", "added to the baseline: below 0 the samples count as better than they are"),
        field(&GroupBaseline::scale, "scale", "divisor", choices({"none", "group_std", "batch_std", "batch_advantage_std"})),
        field(&GroupBaseline::ddof, "ddof", "the deviation divides by n - ddof", config::in(0, 1)),
        field(&GroupBaseline::epsilon, "epsilon", "added to the deviation", at_least(0.0)),
        field(&GroupBaseline::zero_std, "zero_std", "a deviation of 0 is left to epsilon or replaced by 1", choices({"epsilon", "one"})),
        field(&GroupBaseline::singleton, "singleton", "a group of one gets 0, or its raw reward (mean 0, deviation 1)", choices({"zero", "raw"})),
        field(&GroupBaseline::gain_positive, "gain_positive", "factor on advantages above 0", at_least(0.0)),
        field(&GroupBaseline::gain_negative, "gain_negative", "factor on advantages below 0", at_least(0.0)),
        field(&GroupBaseline::length_base, "length_base",
              "b: advantages below 0 are further multiplied by 2 - b^-(tokens beyond the group's shortest right response); 0 is off", at_least(0.0))};
  }
  static constexpr std::string_view kAxis = "advantages", kName = "group_baseline";
  static constexpr std::string_view kFormula = "A = gain (r - baseline(group) - shift) / (std + epsilon)";
  static constexpr std::string_view kSource =
      "arXiv:2402.03300 §4.1 (group_std); arXiv:2503.20783 (scale: none); arXiv:2402.14740 (loo); arXiv:2310.10505 (greedy); arXiv:2508.08221 (batch_std); "
      "arXiv:2602.19362 (logmeanexp); arXiv:2506.20520 (shift); LUFFY core_algos.py and mix_core_alg.py grpo_split";
};
inline const Declare<GroupBaseline> kGroupBaselineDeclared;

}  // namespace rlreason::train::advantages
