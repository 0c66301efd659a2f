// Which settings of a plan the result depends on: one number an axis, with how many runs are behind it.
//
//   numeric axis      Spearman's rank correlation of value and score over cells (ties share ranks); p by t, n - 2 degrees
//   any other axis    share of the variance of the scores that lies between the values (eta squared)
//
// Simple on purpose: one axis at a time, no model, no interactions; with axes that were drawn together (zip) it cannot say
// which of them it was.  p is not corrected for the number of axes.  Not here: ablations (compare/).
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sweeps/plan.h"
#include "sweeps/scores.h"

namespace rlreason::sweep {

struct AxisSensitivity {
  std::string path;
  bool numeric = false;
  int64_t n = 0;        // cells with a score
  int64_t values = 0;   // different values among them
  double strength = 0;  // correlation in [-1, 1], or share in [0, 1]
  std::optional<double> p;
  std::string best_value;  // of the highest mean
};

std::vector<AxisSensitivity> sensitivity(const ExpandedPlan& plan, const Scores& scores);

double rank_correlation(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace rlreason::sweep
