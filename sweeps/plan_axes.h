// The axes of a plan: recipes x settings x grid x zip x sample, then `when`, as rows.
//
//   settings: [tiny, tiny_narrow]
//   grid: {update.lr: [1e-4, 3e-4], rollout.temperature: [0.8, 1.0]}        # every combination
//   zip:  {update.mini_batches: [1, 2], update.iterations: [100, 50]}       # change together
//   sample: {method: sobol, n: 16, seed: 0, space: {update.lr: {low: 1e-5, high: 1e-3, scale: log}}}
//   when:
//     - {if: [recipe=luffy], grid: {components.demonstration.shape.gamma: [0.05, 0.1]}}   # an axis of luffy alone
//     - {if: [update.lr=3e-4], set: [update.max_grad_norm=0.5]}
//
// A condition is asked of the resolved configuration, so defaults count.  A row's label says what differs.
// Counted before it is built: a plan of a million cells is refused at once.
// Errors: UserError with file:line.  Thread safety: pure functions.
#pragma once

#include <utility>
#include <vector>

#include "sweeps/plan.h"

namespace rlreason::sweep {

// Replaces plan.recipes by all variants.  REQUIRES: rows have their origin; `root` is the plan's tree.
void expand_axes(Plan& plan, const config::Node& root);

// Further rows, each the plan's first one with a trial's values: {path: value}, under the trial's number.
void add_trial_rows(Plan& plan, const std::vector<std::pair<size_t, nlohmann::json>>& trials);

}  // namespace rlreason::sweep
