// The end of an optimizer step: gradients of all ranks, their norm, clipping, AdamW.
//
// Errors: NumericError for a norm that is not finite; weights stay as they were.
// Thread safety: one thread per arena.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/engine/arena/arena.h"
#include "core/engine/communicator/communicator.h"
#include "core/engine/optimizer/adamw.h"

namespace rlreason::train {

struct StepRule {
  double lr = 0;
  double max_grad_norm = 0;      // 0: not clipped
  bool mean_over_ranks = false;  // else their sum
};

// The norm before clipping.  `setting`: the block that holds lr and max_grad_norm, for the error.
double optimizer_step(engine::Arena& arena, engine::AdamW& optimizer, engine::Communicator& communicator, const StepRule& rule,
                      int64_t iteration, std::string_view setting);

}  // namespace rlreason::train
