// What attempts ran with (code, environment), and whether a run's results are of the present program.
//
// Two programs count as the same when their `source` digests agree: the sources that results depend on, whatever else was
// committed since, or when the ledger of neutral changes joins them (neutral.h).  Code is no part of a run's identity: an
// older program's result is found, and shown as stale.
// Errors: UserError (no such run), StoreError.
// Thread safety: as Store.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct CodeRow {
  std::string source, commit, binary_sha256;                     // the program
  std::string git_sha, git_tree, diff_digest, untracked_digest;  // the folder it was started in
  bool dirty = false;
  bool operator==(const CodeRow&) const = default;
};

struct AttemptProvenance {
  std::string attempt;  // uid
  int64_t n = 0;
  std::optional<CodeRow> code;  // nothing: recorded by an older program
  nlohmann::json environment = {};
  std::string host, boot_id, backend, handle;
  int64_t pid = 0, pid_start = 0;
};

std::vector<AttemptProvenance> provenance(const Store& store, const std::string& run_uid);  // by n
std::string diff_text(const Store& store,
                      const std::string& diff_digest);  // "" when it was not kept

enum class Freshness { same, stale, unknown };  // unknown: an attempt without a code record
constexpr const char* to_string(Freshness freshness) {
  constexpr const char* kNames[] = {"same", "stale", "unknown"};
  return kNames[static_cast<int>(freshness)];
}

struct Staleness {
  Freshness freshness = Freshness::unknown;
  // "made by 3f9c2e1, this program is a1b2c3d"; "" when made by this program; the same and words: declared neutral
  std::string reason;
};

// Over every attempt that recorded something.  `source`, `commit`: of the program to compare with, by default this one.
Staleness staleness(const Store& store, const std::string& run_uid, const std::string& source = "",
                    const std::string& commit = "");
// The uids of stale runs, each with the reason; one pass over the store.
std::map<std::string, std::string> stale_runs(const Store& store, const std::string& source = "",
                                              const std::string& commit = "");

// What a launcher knows about the newest attempt's process: "slurm" and "81234_7", "local" and "".
void set_backend(Store& store, const std::string& run_uid, const std::string& backend,
                 const std::string& handle);

}  // namespace rlreason::store
