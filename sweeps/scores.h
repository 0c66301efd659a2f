// The metric of every cell of a plan, from stored facts: the table that choosing, planning and sensitivity start from.
//
// Not here: tests and verdicts in words (compare/), refusals: a cell that is not there is simply empty.
// Errors: as read_plan; UserError for a metric that is none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan.h"

namespace rlreason::sweep {

struct RowScores {
  std::string row;
  std::vector<std::optional<double>> by_seed;  // in the order of the plan's seeds
};
struct Scores {
  std::string metric;           // as text
  std::vector<RowScores> rows;  // in the order of ExpandedPlan::rows
};

// The plan's primary metric, or the one asked for; "" when no evaluation says what there is.
std::string primary_metric(const ExpandedPlan& plan, const std::string& asked = "");
Scores read_scores(const store::Store& store, const ExpandedPlan& plan, const std::string& metric);

// The standard deviation of row - baseline by seed, pooled over the rows with two pairs or more.
struct PairedSpread {
  double sd = 0;
  int64_t rows = 0, pairs = 0;
};
std::optional<PairedSpread> paired_spread(const Scores& scores, const std::string& baseline);

}  // namespace rlreason::sweep
