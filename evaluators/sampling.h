// Sampling a policy on a suite and judging the responses: facts per item and sample, batch by batch, no metrics.
//
// Random keys: (seed, Purpose::evaluation, iteration 0, prompt id, sample, position), so order, batch and restarts change no
// number, and a sample that is there already is simply not asked for.  Choices may be scored by the likelihood of their options
// instead: sum of log-probs, the same per byte and per token of the option, all three from one pass (flags loglik_raw,
// loglik_byte, loglik_token say whether that rule picks the right option; the suite's own decides the outcome).
// Not here: metrics (evaluators/metrics.h), where the facts go (run log, store), which cells exist (evaluators/cells.h).
// Errors: UserError for a prompt that does not fit the model.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/tokenizer/tokenizer.h"
#include "datasets/prompt.h"
#include "evaluators/cells.h"
#include "evaluators/suite.h"

namespace rlreason::eval {

struct FactsBatch {
  nlohmann::json items = nlohmann::json::array();     // the `items` of an eval record, in sample order
  nlohmann::json probes = nlohmann::json::object();   // e.g. {"first_token_mass": mean over prompts}; with the first batch
  std::string texts;                                  // JSONL of the responses; empty for a confidential suite
};

struct SampleCounts {
  int64_t total = 0, done = 0, right = 0, unscored = 0, tokens = 0;  // done and right include the cells that were known
  double mean() const { return done ? static_cast<double>(right) / static_cast<double>(done) : 0.0; }
};

struct SamplingOptions {
  uint64_t seed = 0;
  int64_t slots = 512;
  bool texts = false;
  const Cells* known = nullptr;
  int64_t batch_samples = 0;  // a batch is recorded after so many samples ...
  double batch_s = 0;         // ... or so many seconds; both 0: all at the end
  std::function<void(FactsBatch)> record;
  std::function<bool(const SampleCounts&)> progress;  // false: record what is done and stop
};

// `prompts`: by rotation, as rotated_prompts gives them.
SampleCounts sample_suite(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer, const Suite& suite,
                          const std::vector<std::vector<data::Prompt>>& prompts, const SamplingOptions& options);

}  // namespace rlreason::eval
