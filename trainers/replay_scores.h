// How a response that may be replayed looks to the current policy: the number that pick entropy_min and nll_min compare.
//
// Legend: P prompt tokens, L response tokens, H entropy of the next-token distribution, W = max_position_embeddings.
//   entropy_min          mean of H over the response's tokens
//   entropy_min, compat  sum of H over the last min(P + L, W - L) tokens of prompt and response, divided by W - L: what ExGRPO's code
//                        computes on rows padded on the left to W with a mask of the response's padding (luffy.md 5.5); short responses win
//   nll_min              mean of -log p over the response's tokens, the quantity of the paper's algorithm 1
// Under rollout.temperature, like all log-probs of a run.
// Thread safety: as Policy::score.
#pragma once

#include <vector>

#include "core/engine/model/policy.h"
#include "trainers/catalog/train_config.h"
#include "trainers/replaying.h"

namespace rlreason::train {

// Forward passes of at most update.micro_batch_tokens packed tokens, or of one response.
std::vector<double> replay_scores(const engine::Policy& policy, const TrainConfig& config,
                                  const std::vector<ReplayCandidate>& candidates);

}  // namespace rlreason::train
