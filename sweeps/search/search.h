// Which points a search tries next and which trials go on: a pure function of the plan's `search` block and the trials so far.
//
// A trial enters rung 0 and has a value there once all of its seeds have been trained so far.  When every trial is through
// a rung, the best 1/factor (at least one) enter the next; without halving there is one rung, the whole run.  Ties go to the
// lower number, a failed trial never goes on.
// Points come in batches.  A point of tpe depends on the seed, its number, the points before it and the values at rung 0 of all
// earlier batches: neither slots nor timing nor a restart change what is suggested.  Points of its own batch and failed ones count
// as bad, so that a batch spreads.
// Errors: UserError with file:line for a space that does not parse.  Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sweeps/plan_search.h"
#include "sweeps/search/space.h"
#include "sweeps/search/tpe.h"

namespace rlreason::sweep {

struct Trial {
  UnitPoint unit;
  nlohmann::json values = nlohmann::json::object();  // path -> value
  nlohmann::json sampler_state;
  bool failed = false;
  std::vector<std::optional<double>> by_rung;  // values so far; shorter than the rungs
  bool has_value(size_t rung) const { return rung < by_rung.size() && by_rung[rung]; }
};

// Iterations at each rung, the last one `iterations`.  UserError when the first rung is not before it.
std::vector<int64_t> rungs_of(const PlanSearch& search, int64_t iterations);

// The rung that each trial has entered last: 0, 1, ...
std::vector<size_t> entered_rungs(const PlanSearch& search, size_t rungs,
                                  const std::vector<Trial>& trials);
// Through its last rung, or left behind when every trial of its rung was through.
enum class TrialState { running, done, pruned, failed };
std::vector<TrialState> trial_states(const PlanSearch& search, size_t rungs,
                                     const std::vector<Trial>& trials);
// How many trials enter each rung when none fails.
std::vector<int64_t> entrants(const PlanSearch& search, size_t rungs);

// The rest of the batch that the next trial belongs to; empty when there are as many as the plan wants, when an earlier batch
// still lacks values, or when the space has no further point.
std::vector<Trial> suggest(const PlanSearch& search, const std::vector<Dimension>& space,
                           const std::vector<Trial>& trials);

}  // namespace rlreason::sweep
