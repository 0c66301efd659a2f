// Invalid runs moved out of the way of those that are made in their place; what `--redo-invalid` does.
//
//   <parent of the run>/.invalid/<nonce>/<run>
//
// The store follows them by their uid, and run.json says where what they are made from is, seen from there: an evaluation that
// was moved still names its checkpoint.  What else was made from them goes into the ledger of invalid runs, before anything
// moves: a kill at any moment leaves runs that are refused, and the next call goes on.
// Errors: RefusedError for a run that somebody works on, or what standing.h refuses; DiskError, StoreError.
// Thread safety: under the locks of the directories, and the plan's coordinator lock where options.key names one.
#pragma once

#include <filesystem>
#include <string>

#include "sweeps/standing.h"

namespace rlreason::sweep {

// Moves the invalid runs and returns the folder of the first; empty when there was none.
std::filesystem::path set_aside(const Standing& standing, const PoolOptions& options,
                                store::Store& store);

struct Settled {
  Standing standing = {};  // after it
  size_t moved = 0;
  std::filesystem::path moved_to = {};
  std::string words() const;  // "2 invalid runs were moved to ...\n"; "" when none was
};
// What every command that reuses runs does before it starts one: refuses invalid ones, or with `redo` sets them aside.
Settled settle(const train::Graph& graph, const PoolOptions& options, bool redo,
               store::Store& store, const std::string& command = "");

}  // namespace rlreason::sweep
