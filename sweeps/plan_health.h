// The health of a plan's trainings, from the store: notes for status and watch, events of the runs, curves of what runs.
//
// The rules are those of health.h.  Errors: StoreError.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/health.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

struct CellHealth {
  std::string row;
  uint64_t seed = 0;
  std::string run_uid;
  HealthNote note;
};

std::vector<CellHealth> plan_health(const store::Store& store, const ExpandedPlan& plan);
// Each note once as an event `health` of its run; how many were new.
size_t record_health(store::Store& store, const ExpandedPlan& plan);
// A line with a sparkline for every training that has begun and is not done.
std::string curves_text(const store::Store& store, const ExpandedPlan& plan,
                        const PoolReport& report);

}  // namespace rlreason::sweep
