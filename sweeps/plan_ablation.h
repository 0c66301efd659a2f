// An ablation as rows: a base recipe and named parts of it, switched one by one or together.
//
//   ablation:
//     base: {recipe: luffy, label: LUFFY}
//     matrix: leave-one-out
//     toggles:
//       shaping:  {label: policy shaping, off: [components.demonstration.shape=identity]}
//       guidance: {label: demonstrations, off: ["slots=[{source: policy, n: 8}]"]}
//
// `on` and `off` are changes to the base; an absent one leaves the base as it is.  Rows by matrix:
//   leave-one-out   all on (the baseline); all on but one, each             n + 1
//   add-one-in      all off (the baseline); one on, each                    n + 1
//   cumulative      all off (the baseline); the first on, the first two, …  n + 1
//   pairwise        leave-one-out, and all on but two, each pair            1 + n + n (n - 1) / 2
//   full            every subset; all on is the baseline                    2^n
// Not here: whether a toggle changes anything (expand()).
// Errors: UserError with file:line.  Thread safety: pure functions.
#pragma once

#include "sweeps/plan.h"

namespace rlreason::sweep {

// Replaces plan.recipes by the ablation's rows and sets the baseline.  REQUIRES: plan.ablation.
void expand_ablation(Plan& plan, const config::Node& root);

}  // namespace rlreason::sweep
