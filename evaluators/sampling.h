// Sampling a policy on a suite and judging the responses: facts per item and sample, no metrics.
//
// Random keys: (seed, Purpose::evaluation, iteration 0, prompt id, sample, position), so order, batch and restarts change no
// number.  Not here: metrics (evaluators/metrics.h), where the facts go (run log, store).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/tokenizer/tokenizer.h"
#include "datasets/prompt.h"
#include "evaluators/suite.h"

namespace rlreason::eval {

struct SamplingOptions {
  uint64_t seed = 0;
  int64_t slots = 512;
  std::filesystem::path texts;  // JSONL.gz to write; empty: none
  std::function<void(int64_t done, int64_t total, int64_t right)> progress;  // samples
};

struct SuiteFacts {
  nlohmann::json items;   // the `items` of an eval record
  nlohmann::json probes;  // e.g. {"first_token_mass": mean over prompts}; empty object without a probe
  int64_t samples = 0, right = 0, unscored = 0, tokens = 0;
  double mean() const { return samples ? static_cast<double>(right) / static_cast<double>(samples) : 0.0; }
};

SuiteFacts sample_suite(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer, const Suite& suite,
                        const std::vector<data::Prompt>& prompts, const SamplingOptions& options);

}  // namespace rlreason::eval
