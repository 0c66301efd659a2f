// What may go: chosen runs that nothing keeps, rows that nothing refers to, files that killed programs left.
//
// A run is kept by the tag `pin`, a report, an experiment's cell, a run that was made from it, or a process that works on
// it.  plan_gc() only looks and counts bytes; run_gc() does what the plan says and checks each run again.  A run directory
// is removed only when its run.json carries the run's uid; it is renamed first, so that a kill leaves no half run.
// Errors: UserError (an ill-formed filter), DiskError, StoreError.
// Thread safety: as Store.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct GcRun {
  RunRow row;
  int64_t bytes = 0;    // of its directory
  std::string kept_by;  // "" when it may go
};

struct GcPlan {
  std::vector<GcRun> runs;  // those that fit the filter
  std::vector<std::filesystem::path>
      leftovers;  // temporaries beside the store and in the runs directory
  int64_t leftover_bytes = 0;
  int64_t unreferenced_blobs = 0, unreferenced_bytes = 0;
  int64_t bytes() const;  // that would be freed
};

// `filter` (filter.h): which runs; empty means no run.
GcPlan plan_gc(const Store& store, const std::string& filter,
               const std::filesystem::path& runs_directory);
void run_gc(Store& store, const GcPlan& plan);

}  // namespace rlreason::store
