// An evaluation that is already complete in memory, published as a run directory like any other: run.json, log, texts,
// result.json, manifest.json; then ingested.
//
// The directory appears whole or not at all (core/process/publish.h), so a killed command leaves nothing that a table could
// read.  The same name and identity again is reused.  Two uses: responses made elsewhere (responses_run.h) and stored texts
// judged again (rescore.h).  Not here: evaluations that run (launch.h).
// Errors: RefusedError when the directory holds something else; DiskError; StoreError.
// Thread safety: functions without state; several processes may publish into one runs directory.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"
#include "evaluators/stored_texts.h"

namespace rlreason::sweep {

inline constexpr const char* kGivenSetting =
    "responses";  // run.json's setting of responses made elsewhere
inline constexpr const char* kRescoredSetting = "rescored";  // and of texts judged again

struct FinishedEvaluation {
  std::string name;    // of the run and its directory
  std::string recipe;  // the row in tables
  std::string setting, identity;
  uint64_t seed = 0;
  nlohmann::json config = nlohmann::json::object();
  nlohmann::json producers = nlohmann::json::array();
  std::string suite;
  nlohmann::json protocol;  // with "digest"
  std::string dataset_digest, checkpoint;
  int64_t iteration = 0;
  nlohmann::json items;
  std::vector<eval::StoredText> texts;
};

struct PublishedRun {
  std::filesystem::path directory;
  std::string uid;
  bool reused = false;
};

// The complete run of this name and identity, ingested; nothing when there is none.  One that was declared invalid is refused,
// or with redo_invalid set aside, and then there is none.
std::optional<PublishedRun> published_evaluation(const std::string& name,
                                                 const std::string& identity,
                                                 const std::filesystem::path& runs_dir,
                                                 store::Store& store, bool redo_invalid);
PublishedRun publish_evaluation(const FinishedEvaluation& evaluation,
                                const std::filesystem::path& runs_dir, store::Store& store);

// [A-Za-z0-9._-]{1,64}, neither "." nor ".."; UserError with `what` otherwise.  For names that become directories.
void require_name(const std::string& name, const std::string& what);

}  // namespace rlreason::sweep
