// A plan with a search, as far as it has come: its trials from the store, and the plan with their rows.
//
// Rows are the recipe as it is, and the trials that go on or have ended well; one that was left behind at a rung or failed
// has none.  A training that is not wanted to its end has RunSpec::pause_at.
// Trials belong to a search of the same space, method, metric, rungs, recipe and seeds; more `trials` later go on.
// Not here: which trials come next (search/search.h), running them (search_step.h).
// Errors: UserError as expand(); RefusedError when the store has trials of another search under the plan's name; StoreError.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan.h"
#include "sweeps/search/search.h"

namespace rlreason::sweep {

struct SearchView {
  PlanSearch search;  // `trials`: those that the space has, where it has fewer
  std::vector<Dimension> space;
  std::vector<int64_t> rungs;
  std::vector<Trial> trials;
  std::vector<size_t> entered;      // parallel to trials
  std::vector<TrialState> states;  // parallel to trials
  std::string digest;              // of what makes trials belong together
};

struct OpenedPlan {
  ExpandedPlan plan;
  std::optional<SearchView> search;
};

// expand(), with the trials that the store has; `store` may be null.
OpenedPlan open_with_trials(const Plan& plan, const store::Store* store);

std::string to_string(TrialState state);
bool has_row(TrialState state);
// Writes new trials, or what became of old ones; numbers from `first` on.
void store_trials(store::Store& store, const std::string& experiment, const SearchView& view,
                  size_t first);
// By number; the experiment may be unknown.
std::vector<Trial> stored_trials(const store::Store& store, const std::string& experiment,
                                 const std::string& digest);

}  // namespace rlreason::sweep
