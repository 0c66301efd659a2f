// What the store holds against runs that a plan would reuse: declared invalid, or made by another program.
//
// A run is invalid when the ledger of `compare invalidate` names it, or when a run that it is made from is.  Invalid runs
// are never reused silently: they are refused, or moved away and made again (set_aside.h).  Stale runs (another program that
// no neutral change joins to this one) are reused, and said so.
// Errors: RefusedError from the require_... functions; StoreError.
// Thread safety: pure functions.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "sweeps/launch.h"
#include "sweeps/pool/local.h"

namespace rlreason::sweep {

struct Standing {
  std::map<size_t, std::string> invalid = {};  // node -> why, harmless text
  std::map<size_t, std::string> stale = {};    // reused node -> by which program
  // Folders that somebody gave, inside a run that is invalid: nothing here can make that run again.
  std::map<size_t, std::string> given = {};
  std::map<size_t, std::filesystem::path> directories = {};  // of the invalid ones
};

// `launch`: where runs are; its run_dir is that of the last node.  `store` may be null: nothing is known of the ledger, and
// the program is told by run.json alone.
Standing standing(const train::Graph& graph, const LaunchOptions& launch,
                  const store::Store* store);
// Invalid runs are not there for a plan: `reused` becomes `todo`.
void discount(PoolReport& report, const Standing& standing);
// What is to be said of the program that made `run`: nothing when it is this one.
struct Maker {
  std::string words;     // "by rlreason 0.1.0 (commit ...), this one is ..."; harmless
  bool neutral = false;  // the ledger of neutral changes joins it to this one: not stale
};
Maker maker(const nlohmann::json& run, const store::Store* store);

// run.json; null when there is none or it cannot be read: such a run is nobody's result.
nlohmann::json run_or_null(const std::filesystem::path& directory);

// RefusedError that names the runs and what mends it; returns when none is invalid.  command: what goes on with
// --redo-invalid; empty: the command that was typed.
void require_valid(const train::Graph& graph, const Standing& standing,
                   const std::string& command = "");
// RefusedError when a given folder lies in an invalid run.
void require_valid_given(const train::Graph& graph, const Standing& standing);

}  // namespace rlreason::sweep
