// The best variant of a plan by the mean over its seeds, whether the intervals carry that, and the setting file of it.
//
// A variant with a missing seed does not take part.  "Carried" means that the t interval of best - second, paired by
// seed, at alpha / (number of variants - 1) lies above zero: picking the best of many identical variants looks like a
// gain of a standard deviation and more, so an uncarried choice is said to be one.
// Errors: RefusedError when no variant is complete.  Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sweeps/plan.h"
#include "sweeps/scores.h"

namespace rlreason::sweep {

struct Ranked {
  std::string row;
  double mean = 0;
  std::optional<double> half_width;  // 95 %; nothing with one seed
};

struct Best {
  std::vector<Ranked> ranked;  // best first
  std::vector<std::string> incomplete;
  bool carried = false;
  std::string reading;  // a sentence
};

Best best_of(const Scores& scores, const Plan& plan);

// A setting file in which the variant's recipe has the variant's changes: `train RECIPE --setting FILE` is the same run.
std::string best_setting_yaml(const ExpandedPlan& plan, const std::string& row, const Best& best,
                              const std::string& metric);

}  // namespace rlreason::sweep
