// Groups into packed micro-batches: the prompt once as parent segment, responses as children, targets and host streams.
//
// Legend: T packed tokens, R targets.
// Which sequences share a micro-batch is decided by token counts alone, so it is the same on every run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/engine/layout.h"
#include "trainers/groups.h"
#include "trainers/objective.h"

namespace rlreason::train {

struct MicroBatch {
  engine::Layout layout;
  engine::Targets targets;              // [R]
  TargetSet facts;                      // [R] sequence and prompt index inside the mini-batch, source
  std::vector<double> advantage;        // [R] of the response; with a critic each token's own
  std::vector<float> old_logprob;       // [R] NaN where nobody recorded it
  std::vector<float> behavior_logprob;  // [R] likewise
  std::vector<double> solve_rate;       // [R] of the group's own responses
  std::vector<float> hinted_logprob;    // [R] scored before the update where a recipe reads it; else empty
  at::Tensor old_vocab_mean, proxy_logprob;  // [R] likewise; else undefined
  std::vector<double> value, value_target;  // [R] of the critic before the update, and what it should have been; else empty
  std::map<std::string, at::Tensor> anchor_logprob;  // [R] by anchor, filled in before the update
};

struct MiniBatch {
  int64_t sequences = 0, prompts = 0;
  std::vector<MicroBatch> micro_batches;
};

// The prompt that the responses stand behind: the one they are trained under, or the one with hints where there is one.
// The targets are the same in the same order; how they are split into micro-batches is not.
enum class Behind { training_prompt, hinted_prompt };

// Contiguous shares of the groups that have anything kept, one per optimizer step; no group, no step.
std::vector<MiniBatch> pack(const std::vector<Group>& groups, int64_t mini_batches,
                            int64_t micro_batch_tokens, Behind prompt = Behind::training_prompt);

}  // namespace rlreason::train
