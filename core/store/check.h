// Is a store sound, and does it agree with the run directories?  Reads only; says for each problem what mends it.
//
// Damage: SQLite's own checks, blobs that are not what their digest says, curves that cannot be read.  Disagreement: run
// directories that are gone, cursors beyond a log's end (the log was replaced or cut), runs on disk that no store row has,
// temporaries that a killed program left.
// Errors: StoreError when it cannot be opened or read at all.
// Thread safety: as Store.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct CheckProblem {
  std::string kind;  // damage, directory, cursor, unregistered, leftover
  std::string what, mend;
};

struct CheckReport {
  std::vector<CheckProblem> problems;
  int64_t runs = 0, blobs = 0, points = 0;  // looked at
  bool damaged() const;                     // any of kind damage
};

// `runs_directory`: where unregistered runs and leftovers are looked for; may be absent.
CheckReport check_store(const Store& store, const std::filesystem::path& runs_directory);

}  // namespace rlreason::store
