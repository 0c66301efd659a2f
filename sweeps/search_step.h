// A search, run step by step: takes in what its trials have reached, suggests further ones, and says what has to run next.
//
// All that is known is on disk and in the store, so a step may be repeated, and a coordinator killed anywhere goes on.
// A run that ended with an error makes its trial `failed`; one that was killed or stopped is to be run again.
// Not here: running (pool/), the decisions (search/search.h).
// Errors: UserError when a finished run has no value of the metric; those of plan_trials.h.
// Thread safety: under the plan's coordinator lock.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan_trials.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

struct SearchStep {
  OpenedPlan opened;
  std::vector<bool> wanted;  // runs of this step, by node of opened.plan.graph
  bool finished = false;     // nothing is left to run
};

// `again`: failed trials get another try.
SearchStep next_step(const Plan& plan, store::Store& store, const PoolOptions& options, bool again);

// Steps until nothing is left to run; one process at a time.  PreemptedError after a stop signal; CellsFailedError when
// something failed that is no outcome of a trial: a run that was killed, the recipe's own row, what all rows are made from.
using RunPool = std::function<PoolReport(const ExpandedPlan&, PoolOptions&)>;
OpenedPlan run_search(const Plan& plan, store::Store& store, const PoolOptions& options, bool again,
                      const RunPool& run_pool);

// Lines for the terminal: what the search will cost in iterations, and its trials.
std::string schedule_text(const SearchView& view, size_t seeds);
std::string trials_text(const SearchView& view);
nlohmann::json search_json(const SearchView& view);

}  // namespace rlreason::sweep
