// An evaluation inside a run directory: the cells that its log lacks are drawn, facts and responses are appended by batch.
//
//   artifacts/<suite>-<iteration>-<attempt>-<n>.jsonl.gz  responses of one batch, written before its facts
//   artifacts/prompts-<suite>.json                        hash of every rendered prompt and the first one in full
// A heartbeat record says every half second how far it is: {suite, done, total, right, all_done, all_total}.
// A killed evaluation loses at most the batch it had not recorded.  A confidential suite leaves ids and verdicts only.
// Not here: which suites (evaluators/evaluate_config.h), the store.
// Errors: as sample_suite; PreemptedError after a stop signal, once the batch is recorded; DiskError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/runlog/writer.h"
#include "core/tokenizer/tokenizer.h"
#include "evaluators/suite.h"

namespace rlreason::eval {

struct EvaluationRun {
  std::filesystem::path run_dir;
  std::vector<Suite> suites;
  int64_t iteration = 0;
  uint64_t seed = 0;
  int64_t slots = 512;
  bool texts = false;
  std::string checkpoint;
  std::vector<std::filesystem::path> inherit;  // runs whose samples of the same evaluation are taken over
  bool resumable = false;  // false: one record a suite and no look at earlier ones (evaluation during training)
};

// Each suite's name and share of right answers, in the order of run.suites.
std::vector<std::pair<std::string, double>> evaluate_suites(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
                                                            const EvaluationRun& run, runlog::Writer& log);

}  // namespace rlreason::eval
