// Why a cell is where it is: reused, missing, failed, interrupted, running, stale or invalid, for its run and every run it needs.
//
// Stale: made by another program; it is still reused, since its configuration is the same, and says so.  Invalid: in the
// ledger, or made from a run that is (standing.h).
// A missing run names its nearest relative in the runs folder and the settings in which that one differs.
// Errors: UserError for a cell that the plan does not have.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

struct Reason {
  size_t node = 0;
  std::string state;     // reused, stale, invalid, failed, interrupted, running, missing
  std::string sentence;  // without control characters
};

// "ROW/SEED".
const PlanCell& find_cell(const ExpandedPlan& plan, const std::string& text);

// Of a node by itself.
Reason why_node(const ExpandedPlan& plan, size_t node, const LaunchOptions& launch,
                const store::Store* store);
// What the cell needs first, the evaluation last.
std::vector<Reason> why(const ExpandedPlan& plan, const PlanCell& cell, const LaunchOptions& launch,
                        const store::Store* store);

}  // namespace rlreason::sweep
