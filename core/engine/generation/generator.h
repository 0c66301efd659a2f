// Sampling responses from a policy: a slot table with a KV cache, refilled as sequences finish.
//
// submit(requests); poll() decodes until something finished and returns it.  A request asks for samples
// [sample_begin, sample_begin + sample_count) of one prompt; the prompt is prefilled and stored once for all of them.
// Drawing a token: u = random_uniform(seed, purpose, iteration, prompt, sample, position of the token in the response);
// the token is the first in vocabulary order whose cumulative probability under softmax(logits / temperature) exceeds u
// (temperature 0: arg max, lowest id wins); with a truncation the others' probability is 0 first (truncation.h).  Batch composition and refill order change no random number.
// Bits: for one instruction set, tokens and log-probs do not depend on slots, threads, cache size or
// on what else is decoded, and the log-probs are those of Policy::score at the same temperature.
// Work is split over LibTorch's intra-op threads by sequences.
// Errors: UserError for a request that cannot run; NumericError naming request, sample and position
// for non-finite logits, after which the generator must not be used.
// Thread safety: one thread per generator; the policy must not change between submit and the last poll.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/engine/generation/truncation.h"
#include "core/engine/model/policy.h"
#include "core/random.h"
#include "core/source.h"

namespace rlreason::engine {

struct GenerationRequest {
  int64_t id = 0;                        // the caller's; returned with each sample
  std::vector<int32_t> prompt_ids = {};  // not empty
  RandomKey key =
      {};  // seed, purpose, iteration, prompt; sample and position are set by the generator
  uint32_t sample_begin = 0, sample_count = 1;
  int32_t max_new_tokens = 1;
  double temperature = 1.0;  // 0 is greedy; then the recorded log-probs are at temperature 1
  int32_t eos_id = -1;       // -1: never stops early
  Truncation truncation = {};           // top_p, top_k, min_p; the default changes nothing
  std::vector<int32_t> stop_ids = {};  // end a response as eos does, e.g. the end of a chat turn
};

struct FinishedSample {
  int64_t request_id = 0;
  uint32_t sample = 0;
  std::vector<int32_t> response_ids = {};    // eos included when it was drawn
  std::vector<float> behavior_logprob = {};  // [response] under the sampler as used
  std::vector<float> old_logprob =
      {};  // [response] at the temperature, without truncation of the distribution
  FinishReason finish = FinishReason::eos;
};

struct GeneratorConfig {
  int32_t slots = 256;  // sequences decoded together
  int64_t cache_bytes =
      1LL << 30;  // upper bound of the KV cache; slots shrink to fit, never below 1
};

struct GeneratorStats {
  int64_t prompt_tokens = 0, sampled_tokens = 0, decode_steps = 0;
};

class Generator {
 public:
  Generator(const Policy& policy, GeneratorConfig config);
  ~Generator();
  // REQUIRES: prompt + max_new_tokens <= max_position_embeddings (UserError otherwise).
  void submit(std::span<const GenerationRequest> requests);
  std::vector<FinishedSample> poll();  // empty only when idle
  bool idle() const;
  const GeneratorStats& stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Everything at once, in the order (request, sample).
std::vector<FinishedSample> generate_all(const Policy& policy, const GeneratorConfig& config,
                                         std::span<const GenerationRequest> requests,
                                         GeneratorStats* stats = nullptr);

}  // namespace rlreason::engine
