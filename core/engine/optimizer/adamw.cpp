#include "core/engine/optimizer/adamw.h"

#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

constexpr int64_t kPiece =
    1 << 14;  // elements; fixed, so that sums do not depend on the thread count

template <class T>
double norm_of(const at::Tensor& flat) {
  const T* values = flat.data_ptr<T>();
  const int64_t count = flat.numel(), pieces = (count + kPiece - 1) / kPiece;
  std::vector<double> partial(static_cast<size_t>(pieces));
  parallel_pieces(pieces, 1, 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      partial[static_cast<size_t>(i)] =
          kernels<T>().square_sum(std::min(kPiece, count - i * kPiece), values + i * kPiece);
  });
  double total = 0;
  for (const double part : partial) total += part;
  return std::sqrt(total);
}

template <class T>
void update(const AdamWStep& step, const Arena& arena, const at::Tensor& first,
            const at::Tensor& second) {
  const T* gradient = arena.gradients().data_ptr<T>();
  T* weight = arena.weights().data_ptr<T>();
  T* m = first.data_ptr<T>();
  T* v = second.data_ptr<T>();
  parallel_pieces(first.numel(), 64, 8 * kPiece, [&](int64_t begin, int64_t end) {
    kernels<T>().adamw(step, end - begin, gradient + begin, m + begin, v + begin, weight + begin);
  });
}

}  // namespace

AdamW::AdamW(const Arena& arena, AdamWConfig config)
    : config_(config),
      first_(at::zeros_like(arena.weights())),
      second_(at::zeros_like(arena.weights())) {}

void AdamW::step(Arena& arena, double lr, double scale) {
  RLR_ENSURE(arena.weights().numel() == first_.numel(), "moments of {} elements for an arena of {}",
             first_.numel(), arena.weights().numel());
  ++steps_;
  const auto count = static_cast<double>(steps_);
  const AdamWStep step{.lr = lr,
                       .beta1 = config_.beta1,
                       .beta2 = config_.beta2,
                       .eps = config_.eps,
                       .decay_factor = 1.0 - lr * config_.weight_decay,
                       .scale = scale,
                       .correction1 = 1.0 - std::pow(config_.beta1, count),
                       .correction2 = 1.0 - std::pow(config_.beta2, count)};
  arena.dtype() == at::kDouble ? update<double>(step, arena, first_, second_)
                               : update<float>(step, arena, first_, second_);
  arena.bump_version();
}

void AdamW::restore(const at::Tensor& first, const at::Tensor& second, int64_t steps) {
  RLR_ENSURE(first.sizes() == first_.sizes() && second.sizes() == second_.sizes(),
             "moments of {} and {} elements for {}", first.numel(), second.numel(), first_.numel());
  first_.copy_(first);
  second_.copy_(second);
  steps_ = steps;
}

double gradient_norm(const Arena& arena) {
  return arena.dtype() == at::kDouble ? norm_of<double>(arena.gradients())
                                      : norm_of<float>(arena.gradients());
}

double clip_scale(double norm, double max_norm) {
  return max_norm <= 0 ? 1.0 : std::min(1.0, max_norm / (norm + 1e-6));
}

}  // namespace rlreason::engine
