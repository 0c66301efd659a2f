// How much of a demonstration a guided response is given, before the policy writes the rest.  No LibTorch.
//
// A piece of axis guidance (trainers/guidance/) returns one share of the demonstration's tokens per response of the slot; the
// prefix is the first int(share * tokens), end token counted, so only a share of 1 gives all of it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/random.h"

namespace rlreason::train {

struct GuidanceRequest {
  int64_t iteration = 0;
  int64_t responses = 1;
  Sequence* random = nullptr;  // keyed by seed, iteration and prompt
};
using GuidanceFunction = std::function<std::vector<double>(const GuidanceRequest&)>;

}  // namespace rlreason::train
