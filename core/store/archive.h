// Stores between people: chosen runs as one file, and such a file merged into another store.
//
// An archive is itself a store of the present version without a log: configurations, curves, facts, tags, notes, reports,
// experiments.  Not in it: weights and texts, which stay in the run directories.  Merging goes by uid: what is there
// already is left alone, so that importing twice changes nothing; where both sides say different things ours stays and the
// report names it.  An archive is somebody else's file: it is copied, checked page by page, and refused when its tables
// are not exactly ours.
// Errors: StoreError (not a store, damaged, newer), RefusedError (other tables, the target exists), UserError (no runs).
// Thread safety: as Store.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct ExportReport {
  int64_t runs = 0, experiments = 0, reports = 0, neutral = 0, bytes = 0;
};
// A report goes along when all of its runs do; an experiment when any does; of the neutral changes (neutral.h) those that
// are joined to a program of these runs.
ExportReport export_archive(const Store& store, const std::set<std::string>& run_uids,
                            const std::filesystem::path& file);

struct ImportReport {
  int64_t runs = 0, attempts = 0, reports = 0, experiments = 0, neutral = 0;  // new here
  std::vector<std::string> conflicts;                            // one sentence each; ours was kept
};
ImportReport import_archive(Store& store, const std::filesystem::path& file);

}  // namespace rlreason::store
