// The SQLite store: what runs have recorded, in one file that answers questions.  The only part that sees SQLite.
//
// Trainers never open it.  A run writes its own directory (run.json, log/, result.json); ingest() moves what is new
// into the store exactly once: rows and the cursor that says how far they reach commit in one transaction.  A metric
// value carries its attempt: both of a repeated iteration are kept, readers get the later attempt's.
// Not here: metrics from facts (evaluators/metrics.h), response and rollout texts (they stay in the run directory).
//
// Invariants: every write transaction is BEGIN IMMEDIATE under an exclusive flock on `<store>.lock`, which also covers
// checkpoints (SQLite before 3.51.3 can reset a write-ahead log wrongly when two processes checkpoint and write at once).
// Thread safety: one Store per thread; any number of processes.  A Store does not survive fork().
// Errors: StoreError (cannot open, newer version, damage, busy for a minute), DataError (a run directory's files),
// UserError (no such run).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/records.h"

namespace rlreason::store {

class Connection;  // opaque outside core/store

enum class Mode { read_write, read_only };

struct IngestReport {
  std::string run_uid;
  int64_t records = 0;                 // new ones
  RunState state = RunState::planned;  // after the ingest
  std::vector<std::string>
      problems;  // damaged frames, ill-formed payloads: skipped, one sentence each
};

class Store {
 public:
  // read_write creates the file and migrates an older version; read_only never writes and needs an existing store.
  static Store open(const std::filesystem::path& path, Mode mode = Mode::read_write);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // --- registering (idempotent) ---
  // `run` is the content of run.json; `directory` may not exist yet (a planned run).  Returns the uid.
  std::string register_run(const nlohmann::json& run, const std::filesystem::path& directory);
  void register_experiment(const ExperimentSpec& spec);
  void register_variant(const std::string& experiment, const VariantSpec& spec);
  void register_cell(const std::string& experiment, const std::string& variant,
                     const std::string& run_uid);
  void register_dataset(const DatasetRow& dataset);
  // What a launcher knows and the log cannot: the child was killed by a signal, a retry is planned.
  // A run that is done stays done.
  void set_state(const std::string& run_uid, RunState state, const std::string& reason);

  // --- ingesting ---
  // Registers the run when it is new, then takes every complete record after the saved cursor, the open fragment's too.
  IngestReport ingest(const std::filesystem::path& run_directory);

  // --- asking ---
  std::vector<RunRow> runs(const RunFilter& filter = {}) const;  // newest first
  // By directory, uid, name, or a unique beginning of these; UserError names the candidates or the nearest name.
  RunRow find_run(const std::string& text) const;
  std::optional<RunRow> run(const std::string& uid) const;
  RunDetail detail(const std::string& uid) const;
  std::vector<std::string> metric_names(const std::string& uid) const;
  std::vector<CurvePoint> curve(const std::string& uid, const std::string& metric) const;
  std::map<std::string, std::vector<CurvePoint>> curves(
      const std::string& uid) const;                               // all metrics, one pass
  std::vector<EvalRow> evaluations(const std::string& uid) const;  // by suite, then iteration
  EvalFacts facts(const std::string& uid, const EvalKey& key) const;
  std::vector<EvalFacts> all_facts(const std::string& uid, const FactSelection& of = {}) const;
  std::vector<CellRow> cells(const std::string& experiment) const;
  std::vector<DatasetRow> datasets() const;
  // SQLite's integrity_check and foreign_key_check: nothing when sound, else what is wrong.
  std::optional<std::string> integrity_problem() const;

  const std::filesystem::path& path() const;
  Connection& connection() const { return *db_; }  // for the functions of core/store/*.h that take a Store

 private:
  explicit Store(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> db_;
};

// What a command that only asks opens: runs that have not ended are ingested first, so that the answer is of now.
// Read-only where the store cannot be written.  Ill-formed or vanished run directories are left as they were.
Store open_up_to_date(const std::filesystem::path& path);

// The sentence of SQLite's version for `doctor`.
std::string sqlite_version();

}  // namespace rlreason::store
