// How much of a demonstration, or of a failed response, a guided response is given before somebody writes the rest.
// No LibTorch.
//
// A piece of axis guidance (trainers/guidance/) returns one share of the demonstration's tokens per response of the slot; the
// prefix is the first int(share * tokens), end token counted, so only a share of 1 gives all of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/random.h"

namespace rlreason::train {

struct GuidanceRequest {
  int64_t iteration = 0;
  int64_t responses = 1;
  Sequence* random = nullptr;  // keyed by seed, iteration and prompt
  double solve_rate = 0;  // of the group's own responses so far; 0 before the first
  std::span<const float> logprob{};  // retries: recorded log-probs of the response that is gone on from, nats
};
using GuidanceFunction = std::function<std::vector<double>(const GuidanceRequest&)>;

}  // namespace rlreason::train
