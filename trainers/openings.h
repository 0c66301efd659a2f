// What a group still misses, and how a given beginning and a sampled end become one trajectory.
//
// Not here: which slots open when (trainers/groups.h), how much of a demonstration is given (trainers/guidance.h).
// No LibTorch.  Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "trainers/prompts.h"
#include "trainers/trajectory.h"

namespace rlreason::train {

// How some of a group's missing responses begin, and who goes on.
struct Opening {
  std::vector<int32_t> given{};           // first tokens of the response
  std::vector<float> behavior_logprob{};  // of those, nats; empty: unknown
  std::vector<float> old_logprob{};
  Source given_source = Source::policy;
  bool given_trained = true;
  std::string by = "policy";        // who writes the rest: the policy or an anchor's name
  Source writer = Source::policy;  // what the rest counts as
  int64_t count = 1;               // responses
  bool greedy = false;             // the probe: arg max, judged, never trained on
};

struct Sampled {
  size_t group = 0, opening = 0;
  uint32_t sample = 0;
  std::vector<int32_t> response_ids;  // what came after the given tokens
  std::vector<float> behavior_logprob, old_logprob;
  FinishReason finish = FinishReason::eos;
};

// A demonstration as it stands, with its author's log-probs where they are known.
Trajectory demonstration_trajectory(const DrawnPrompt& drawn, size_t number, bool trained);
// The prompt's demonstrations in the order in which this slot takes them.
std::vector<size_t> demonstration_order(const DrawnPrompt& drawn, const SlotConfig& slot, Sequence& random);

// Old log-probs count only when the policy itself wrote the rest under the prompt that is trained (`same_prompt`).
Trajectory sampled_trajectory(const Opening& opening, Sampled sampled, bool same_prompt, int64_t policy_version);

// Adds to what is open; openings that differ in nothing but their count are one.
void ask(std::vector<Opening>& open, Opening opening);

}  // namespace rlreason::train
