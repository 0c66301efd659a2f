// How many prompts of each bucket are replayed: weights of buckets by their number of right responses, and the draw.
//
// Legend: B buckets, k right responses of n.
//   normal           exp(-(k - mean n)^2 / (2 sigma^2)): in responses, as ExGRPO's code
//   normal_accuracy  exp(-(k/n - mean)^2 / (2 sigma^2)): as its paper writes it; with sigma 1 nearly uniform
//   linear k/n, sqrt sqrt(k/n), linear_clip min(k/n, 0.5), uniform 1
// Source: luffy.md 5.2 (exp_bucket_manager), vector V35.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "trainers/catalog/replay_config.h"

namespace rlreason::train {

// [B] adding up to 1, or all 0 when no bucket has any weight.
std::vector<double> bucket_probabilities(const ReplayConfig& config, const std::vector<int64_t>& right, int64_t responses);

// [B] how many of each bucket: `wanted` draws by probability; what goes beyond a bucket's room is drawn again one at a time among
// those with room.  Less than `wanted` in all when the buckets with any weight hold less.
std::vector<int64_t> draw_buckets(int64_t wanted, const std::vector<double>& probability, const std::vector<int64_t>& room,
                                  Sequence& random);

}  // namespace rlreason::train
