// What replay keeps of a response: its tokens, how likely they were, how it was judged, when, and how often it came back.
//
// Not here: rules (store.h), files (archive.h).  No LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/source.h"
#include "datasets/prompt.h"

namespace rlreason::train {

// The prompt of responses kept, whole, so that it needs no dataset; without its demonstrations.
struct ReplayPrompt {
  data::Prompt prompt;
  std::vector<int32_t> prompt_ids;
};

// Names a prompt across sources: two datasets may use the same id.
std::string replay_key(const data::Prompt& prompt);

struct Experience {
  int64_t id = 0;      // in order of admission, from 1, never used again in a run
  std::string prompt;  // replay_key of it
  std::vector<int32_t> response_ids;
  std::vector<float> behavior_logprob, old_logprob;  // [response] nats, as recorded when it was sampled
  FinishReason finish = FinishReason::eos;
  data::Verdict verdict{};
  double reward = 0, advantage = 0;     // advantage at that time
  int64_t iteration = 0;                // in which it was sampled
  int64_t policy_version = 0;           // optimizer steps of the policy that sampled it
  int64_t right = 0, responses = 0;     // of its group, as the settings count them
  int64_t used = 0;                     // how often it was replayed
  bool operator==(const Experience&) const;
};

}  // namespace rlreason::train
