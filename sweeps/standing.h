// What the store holds against runs that a plan would reuse: declared invalid, or made by another program.
//
// A run is invalid when the ledger of `compare invalidate` names it, or when a run that it is made from is.  Invalid runs
// are never reused silently: set_aside() moves them under <runs>/.invalid, so that the plan makes them again, and puts
// what other plans made from them into the ledger.  Stale runs (another program that no neutral change joins to this one)
// are reused, and said so.
// Errors: RefusedError for a run that somebody works on; DiskError, StoreError.
// Thread safety: pure functions; set_aside() under the plan's coordinator lock.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

struct Standing {
  std::map<size_t, std::string> invalid;  // node -> why, harmless text
  std::map<size_t, std::string> stale;    // reused node -> by which program
};

// `store` may be null: nothing is known of the ledger, and the program is told by run.json alone.
Standing standing(const train::Graph& graph, const std::filesystem::path& runs_dir,
                  const store::Store* store);
// Invalid runs are not there for a plan: `reused` becomes `todo`.
void discount(PoolReport& report, const Standing& standing);
// What is to be said of the program that made `run`: nothing when it is this one.
struct Maker {
  std::string words;     // "by rlreason 0.1.0 (commit ...), this one is ..."; harmless
  bool neutral = false;  // the ledger of neutral changes joins it to this one: not stale
};
Maker maker(const nlohmann::json& run, const store::Store* store);

// RefusedError that names the runs and the command that mends it; returns when none is invalid.
void require_valid(const train::Graph& graph, const Standing& standing, const std::string& command);
// Moves the invalid runs into a folder under <runs>/.invalid and returns it; empty when there was none.
std::filesystem::path set_aside(const train::Graph& graph, const Standing& standing,
                                const PoolOptions& options, store::Store& store);

}  // namespace rlreason::sweep
