// What running a plan would mean: what is reused, what it costs by past runs, what its seeds can detect, its budget.
//
// Cost of a run: the median of finished runs of the same kind, recipe and setting in the store.  Trainings are scaled by
// their number of iterations (where neither stops at tokens); evaluations count when their suites are the same.  A run with nothing like it is
// counted apart, never guessed.
// Power: noncentral t (compare/statistics.h), two-sided, 80 %, at alpha divided by the number of variants (the first step
// of Holm).
// Errors: StoreError.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/store/store.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"
#include "sweeps/scores.h"

namespace rlreason::sweep {

struct KindOutlook {
  int64_t reuse = 0, to_run = 0;
  int64_t unknown = 0;  // of to_run: nothing like it was run before
  double hours = 0;     // of the others
  int64_t like = 0;     // past runs behind the estimate
};

struct PowerOutlook {
  int64_t seeds = 0, tests = 0;
  double effect =
      0;  // detectable, in standard deviations of the difference by seed; 0 with one seed
  std::optional<PairedSpread> spread;   // of this plan's finished cells
  std::optional<double> detectable;     // in units of the metric
  std::optional<int64_t> seeds_needed;  // for minimum_effect; nothing when unknown or above 1000
};

struct Outlook {
  std::map<std::string, KindOutlook> kinds;  // prepare, train, evaluate
  double hours = 0;
  int64_t unknown = 0;
  PowerOutlook power;
  bool over_budget = false;
};

// `store` may be null: nothing is known of the past.
Outlook outlook(const ExpandedPlan& plan, const PoolReport& report, const store::Store* store);
// Lines for the terminal; `metric` is the primary one.
std::string outlook_text(const ExpandedPlan& plan, const Outlook& outlook,
                         const std::string& metric);

}  // namespace rlreason::sweep
