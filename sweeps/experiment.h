// A plan in the store: the experiment with its variants and cells, the state of a cell, and ingest of what is on disk.
//
// Not here: running (pool/local.h), comparing (compare/).  Errors: StoreError, DataError of the store.
#pragma once

#include <filesystem>
#include <string>

#include "core/store/store.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

// Registers the experiment, one variant a row, and one cell for every evaluation that is done.
void register_experiment(store::Store& store, const ExpandedPlan& plan, const PoolReport& report);

// "done", "evaluating", "training 40/100", "interrupted", "failed: ...", "-": from disk, and from the store when given.
std::string cell_status(const ExpandedPlan& plan, const PlanCell& cell, const PoolReport& report,
                        const store::Store* store);

// Takes in what runs in `runs_dir` have written since; does nothing when there are no runs.
void ingest_runs(const std::filesystem::path& store, const std::filesystem::path& runs_dir);

}  // namespace rlreason::sweep
