// The files of a run directory that a launcher writes and reads: run.json, result.json, the tail of engine.log.
//
// Not here: processes (launch.h), the log of records (core/runlog).
// Errors: DataError for a run.json that does not parse; DiskError from writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/store/records.h"
#include "sweeps/launch.h"

namespace rlreason::sweep {

std::string kind_name(train::RunKind kind);  // prepare, train, evaluate

// The content of run.json; a new uid each call.
nlohmann::json describe_run(const train::Graph& graph, size_t node,
                            const std::filesystem::path& directory, const LaunchOptions& options,
                            const std::vector<std::string>& argv);
// run.json's `inherit`: options.inherit relative to the directory's parent.
nlohmann::json inherited(const std::filesystem::path& directory, const LaunchOptions& options);
// run.json, or null when there is none.
nlohmann::json read_run(const std::filesystem::path& directory);
// "" when `run` is of this spec, else what differs in words.
std::string difference(const nlohmann::json& run, const train::RunSpec& spec);
// The state in result.json ("done", "paused", "failed", "preempted"); "" when there is none or it does not parse.
std::string result_state(const std::filesystem::path& directory);
int64_t paused_after(const std::filesystem::path& directory);  // the iteration; 0 when it is not paused
std::string result_reason(const std::filesystem::path& directory);

bool selects_best(const nlohmann::json& config);  // checkpoint.select of a resolved training
// The iteration of the checkpoint that is a finished training's model: checkpoint.select, among what it says it kept.
std::optional<int64_t> model_iteration(const store::RunDetail& training);

// A training that a health rule ended before its budget was used up.
struct StoppedEarly {
  int64_t iteration = 0;
  std::string rule;      // harmless text, as `sentence`
  std::string sentence;  // what the rule saw
};
std::optional<StoppedEarly> stopped_early(const std::filesystem::path& directory);  // by result.json
std::optional<StoppedEarly> stopped_early(const store::RunDetail& training);        // by its events

void write_result(const std::filesystem::path& directory, ExitCode code, const std::string& reason);

// What the engine said last in engine.log from `offset` on: its error sentence, else the last line; harmless text.
std::string last_words(const std::filesystem::path& log, uint64_t offset);
// The last whole lines of engine.log, as they are (untrusted); none when there is no log.
std::vector<std::string> last_lines(const std::filesystem::path& log);

}  // namespace rlreason::sweep
