// What the store hands out and takes in: plain structs, no SQLite, no behaviour.
//
// Texts in here (names, reasons, answers) come from files and models: pass them through terminal::clean before
// printing.  A digest is lower-case hex.  Times are milliseconds since 1970.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/store/shared_json.h"

namespace rlreason::store {

// Where a run stands.  `killed`: its process ended without saying so.
enum class RunState : uint8_t { planned, running, done, failed, preempted, killed };

constexpr const char* to_string(RunState state) {
  constexpr const char* kNames[] = {"planned", "running", "done", "failed", "preempted", "killed"};
  return kNames[static_cast<uint8_t>(state)];
}
std::optional<RunState> run_state(const std::string& name);

struct ProducerRow {
  std::string role, identity, path;  // e.g. "init", identity of the run that made it, its directory
};

struct RunRow {
  std::string uid, name, kind, recipe, setting;
  uint64_t seed = 0;
  std::string identity;  // configuration without its seed
  RunState state = RunState::planned;
  std::string reason;  // why it ended, "" while it has not
  std::string directory;
  int64_t created_ms = 0, started_ms = 0, ended_ms = 0;  // 0: not yet
  int64_t iteration = -1;                                // the last one recorded, -1: none
  int64_t attempts = 0;
};

// The run directory, checkpoint or dataset that a producer of this run is; its path is relative to the run's parent.
std::filesystem::path made_in(const RunRow& run, const ProducerRow& producer);
// Moved away because it was declared invalid (sweeps/set_aside.h): its name is another run's now.
inline constexpr const char* kSetAside = ".invalid";
bool is_set_aside(const RunRow& run);

struct AttemptRow {
  std::string uid;
  int64_t n = 0;  // 1, 2, ... in the order in which they were first seen
  std::string host;
  int64_t pid = 0, threads = 0;
  std::string build;
  RunState state = RunState::running;
  std::optional<int64_t> exit_code;
  std::string reason;
  int64_t start_iteration = 0, end_iteration = -1, started_ms = 0, ended_ms = 0;
};

struct CheckpointRow {
  int64_t iteration = 0;
  std::string path, digest;  // path relative to the run directory
  int64_t bytes = 0;
  std::string kept_because;
};

struct ArtifactRow {
  std::string kind, path, digest;
  int64_t bytes = 0;
};

struct EventRow {
  int64_t t_ms = 0;
  std::string kind;
  nlohmann::json payload;
};

// Over the finite values of one metric of one run, superseded ones left out.
struct MetricSummary {
  std::string metric;
  int64_t n = 0, n_nonfinite = 0;  // n counts finite values
  double last = std::numeric_limits<double>::quiet_NaN();
  int64_t last_iteration = -1;
  double min = std::numeric_limits<double>::quiet_NaN(), max = min, mean = min;
};

struct CurvePoint {
  int64_t iteration = 0;
  double value = 0;  // may be NaN or infinite
};

struct ParamRow {
  std::string path;      // dotted
  nlohmann::json value;  // scalar, or an empty list or map
};

struct RunDetail {
  RunRow row;
  nlohmann::json config, argv;
  std::string build;
  std::vector<ParamRow> params;
  std::vector<ProducerRow> producers;
  std::vector<AttemptRow> attempts;
  std::vector<CheckpointRow> checkpoints;
  std::vector<ArtifactRow> artifacts;
  std::vector<MetricSummary> metrics;
  std::vector<EventRow> events;
};

// Which runs; an empty text or nothing means any.
struct RunFilter {
  std::string kind = {}, recipe = {}, setting = {}, name_glob = {}, identity = {};
  std::string produced_by = {};  // identity of a producer
  std::string experiment = {};
  std::optional<uint64_t> seed = {};
  std::optional<RunState> state = {};
};

// One judged sample.  `outcome` is right, wrong or unscored.
struct SampleFact {
  int64_t sample = 0;
  std::string outcome = {}, rule = {}, reason = {}, answer = {};
  int64_t length = 0;       // tokens
  std::string finish = {};  // eos, length, stopped
  SharedJson flags = {};
};

struct ItemFact {
  std::string id = {};
  std::vector<SampleFact> samples = {};  // by sample number
};

// What one evaluation is of: facts of equal keys belong together and fill up over attempts.
struct EvalKey {
  std::string suite = {};
  int64_t iteration = 0;
  std::string protocol_digest = {}, dataset_digest = {}, checkpoint = {};
  auto operator<=>(const EvalKey&) const = default;
};

struct EvalRow {
  EvalKey key;
  nlohmann::json protocol;
  int64_t n_items = 0, n_samples = 0;
  std::vector<std::string> texts;  // artifacts with the responses, relative to the run directory
  // Numbers of the whole suite that no sample has, e.g. first_token_mass; the latest record's of each name.  May be NaN.
  std::map<std::string, double> probes = {};
};

struct EvalFacts {
  EvalRow row;
  std::vector<ItemFact> items;  // by id
};

// What of the stored samples a reader needs; what it does not need takes most of the time.
struct FactSelection {
  // Items of these suites; of the others the row alone, with counts of 0.  Nothing: of every suite.
  std::optional<std::set<std::string>> suites = {};
  bool texts = true;  // rule, reason and answer of a sample; else they are empty
};

struct ExperimentSpec {
  std::string name;            // unique in a store
  std::string kind = "sweep";  // adhoc, sweep, ablation, reproduction
  nlohmann::json spec = {};
};

struct VariantSpec {
  std::string label;          // unique in an experiment
  std::string identity = {};  // of the configuration without its seed
  nlohmann::json toggles = nlohmann::json::object();
  std::string role = "variant";  // or "baseline"
};

// One variant x seed of an experiment and the run that fills it.
struct CellRow {
  std::string variant, identity, role;
  RunRow run;
};

struct DatasetRow {
  std::string name = {}, digest = {}, license = {};
  int64_t n_items = 0;
  nlohmann::json manifest = {};
};

}  // namespace rlreason::store
