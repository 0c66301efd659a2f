// `rlreason evaluate --responses`: responses made elsewhere become an evaluation of this store, with the verdicts of one of
// our verifiers and, beside them, what the file's own grader had said.
//
// No engine is needed.  A run is (system, suite, verifier, content of the file, map); the same again is reused.  Items whose
// records carry no gold take it from the suite's item of the same id.
// Not here: reading (evaluators/responses.h), judging (evaluators/grading.h), the run directory (finished_evaluation.h).
// Errors: those of the parts.  Nothing is written before everything is judged.
// Thread safety: as Store.
#pragma once

#include <functional>
#include <string>

#include "evaluators/responses.h"
#include "sweeps/finished_evaluation.h"

namespace rlreason::sweep {

struct ResponsesRequest {
  std::filesystem::path file;
  std::string suite, system;
  std::string verifier = "math";
  eval::ResponseShape shape;
  unsigned threads = 1;
  std::function<void(size_t done, size_t total)> progress = {};
  bool redo_invalid = false;  // one that was declared invalid is set aside and made again
};

PublishedRun store_responses(const ResponsesRequest& request, const std::filesystem::path& runs_dir,
                             store::Store& store);

// What makes gradings comparable: suite, source "responses" and the verifier; {..., digest}.
nlohmann::json grading_protocol(const std::string& suite, const std::string& verifier,
                                const std::string& dataset_digest, const std::string& source);

}  // namespace rlreason::sweep
