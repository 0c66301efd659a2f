// AdamW and gradient clipping over the arena's flat buffers, without synchronisation points in between.
//
// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  w <- w (1 - lr wd) - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)
// Source: arXiv:1711.05101 algorithm 2, in the form of torch.optim.AdamW (decoupled decay multiplies before the update).
// Biases and norms decay like everything else, as in torch's default.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/engine/arena/arena.h"

namespace rlreason::engine {

struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01;
};

class AdamW {
 public:
  AdamW(const Arena& arena, AdamWConfig config);
  // One update; `scale` multiplies the gradient first (clipping).  Bumps the arena's version.
  void step(Arena& arena, double lr, double scale);

  at::Tensor first_moment() const { return first_; }    // [N] flat, the arena's layout
  at::Tensor second_moment() const { return second_; }  // [N]
  int64_t steps() const { return steps_; }
  void restore(const at::Tensor& first, const at::Tensor& second, int64_t steps);

 private:
  AdamWConfig config_;
  at::Tensor first_, second_;
  int64_t steps_ = 0;
};

// Euclidean norm of all gradients (accumulated in double); NaN or Inf when any element is.
double gradient_norm(const Arena& arena);
// min(1, max_norm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_; 1 when max_norm is 0 (off).
double clip_scale(double norm, double max_norm);

}  // namespace rlreason::engine
