// A response to a prompt, whoever wrote it: tokens, provenance, verdict, reward.  No LibTorch.
//
// Provenance is per token (spans), so a demonstration prefix, a repaired answer or a replayed trace are all spans.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/source.h"
#include "datasets/prompt.h"

namespace rlreason::train {

struct Span {
  int32_t begin = 0, end = 0;  // [begin, end) in response_ids
  Source source = Source::policy;
  int64_t policy_version =
      -1;  // optimizer steps of the policy that sampled it; -1 for text of others
  bool trained = true;
};

struct Trajectory {
  int64_t group = 0;    // index of its prompt in the iteration
  uint32_t sample = 0;  // number among the policy's samples of this prompt
  std::vector<int32_t> response_ids;
  std::vector<Span> spans;              // covering response_ids in order
  std::vector<float> old_logprob;       // [response] nats; empty when nobody recorded it
  std::vector<float> behavior_logprob;  // [response] nats; empty when unknown
  FinishReason finish = FinishReason::eos;
  data::Verdict verdict;
  std::map<std::string, double> reward_parts;
  double reward = 0;
  double advantage = 0;
  std::optional<double> own_advantage{};  // replayed: taken in place of the group's
  int64_t experience = 0;                 // replayed: its id in the store (replay/store.h)
  bool kept = true;  // whether it is trained on; filters say no

  Source source() const { return spans.front().source; }  // of the first token
};

// Tokens that count: up to and including the first end token, all of them when there is none (V26 of the LUFFY vectors).
int32_t response_length(std::span<const int32_t> ids, int32_t eos_id);

}  // namespace rlreason::train
