// What sampling and scoring by likelihood share: facts of one sample, and batches of them on their way to the log.
//
// Not for others: evaluators/sampling.h is the interface.
// Thread safety: one user.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "evaluators/sampling.h"

namespace rlreason::eval {

// Position of the option that an answer names, in the source's order; the facts of choices in several orders agree by it.
void note_choice(const Suite& suite, const data::Prompt& shown, int64_t rotation, nlohmann::json& fact);

// Collects facts and hands them on in batches.
class Recorder {
 public:
  Recorder(const Suite& suite, const std::vector<std::vector<data::Prompt>>& prompts, const SamplingOptions& options);

  void add(size_t item, nlohmann::json fact, const std::string& response, const data::Prompt& shown);
  bool proceed();  // records a batch that is due, reports progress; false: stop
  void flush();
  nlohmann::json probes = nlohmann::json::object();
  SampleCounts counts;

 private:
  const Suite& suite_;
  const std::vector<std::vector<data::Prompt>>& prompts_;
  const SamplingOptions& options_;
  std::map<size_t, std::map<int64_t, nlohmann::json>> pending_;  // item, sample
  std::string texts_;
  int64_t waiting_ = 0;
  std::chrono::steady_clock::time_point last_;
};

// evaluators/sampling_likelihood.cpp
void score_options(const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer, const Suite& suite,
                   const std::vector<std::vector<data::Prompt>>& prompts, const SamplingOptions& options, Recorder& recorder);

}  // namespace rlreason::eval
