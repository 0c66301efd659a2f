// The health of a plan's trainings, from the store: notes for status and watch, events of the runs, curves of what runs.
//
// The rules are those of trainers/catalog/health.h, on the curves of the step records and of what was evaluated while training.
// Errors: StoreError.
#pragma once

#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"
#include "sweeps/run_files.h"
#include "trainers/catalog/health.h"

namespace rlreason::sweep {

struct CellHealth {
  std::string row;
  uint64_t seed = 0;
  std::string run_uid;
  train::HealthNote note;
};

std::vector<CellHealth> plan_health(const store::Store& store, const ExpandedPlan& plan);
// Of the plan's trainings that are done, those that a health rule ended early; by their result files.
struct CellStop {
  std::string row;
  uint64_t seed = 0;
  StoppedEarly stop;
};
std::vector<CellStop> plan_stops(const ExpandedPlan& plan, const PoolReport& report);
// Each note once as an event `health` of its run; how many were new.
size_t record_health(store::Store& store, const ExpandedPlan& plan);
// A line with a sparkline for every training that has begun and is not done.
std::string curves_text(const store::Store& store, const ExpandedPlan& plan,
                        const PoolReport& report);

}  // namespace rlreason::sweep
