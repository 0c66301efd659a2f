#include "trainers/optimizer_step.h"

#include <ATen/core/Tensor.h>

#include <cmath>

#include "core/error.h"

namespace rlreason::train {

double optimizer_step(engine::Arena& arena, engine::AdamW& optimizer,
                      engine::Communicator& communicator, const StepRule& rule, int64_t iteration,
                      std::string_view setting) {
  at::Tensor gradients = arena.gradients();
  communicator.all_reduce_sum(gradients);
  if (rule.mean_over_ranks && communicator.size() > 1)
    gradients.div_(static_cast<double>(communicator.size()));
  const double norm = engine::gradient_norm(arena);
  if (!std::isfinite(norm))
    throw NumericError(
        "iteration {}: required a finite gradient norm, {} came; lower {}.lr or {}.max_grad_norm",
        iteration, norm, setting, setting);
  optimizer.step(arena, rule.lr, engine::clip_scale(norm, rule.max_grad_norm));
  return norm;
}

}  // namespace rlreason::train
