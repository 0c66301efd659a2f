#include "core/engine/kernels/decode_draw.h"
#include "core/engine/kernels/simd.h"

namespace rlreason::engine::RLR_ISA {
namespace {

using V = Vec<float>;

// z = logits / temperature; true when all are finite.
RLR_INLINE bool scale(const float* logits, int64_t vocab, float inverse, float* z) {
  V poison{};  // x * 0 is NaN for NaN and infinities
  float rest = 0;
  int64_t i = 0;
  for (; i + kLanes<float> <= vocab; i += kLanes<float>) {
    const V x = load<float>(logits + i) * inverse;
    store<float>(z + i, x);
    poison += x * 0.0f;
  }
  for (; i < vocab; ++i) {
    z[i] = logits[i] * inverse;
    rest += z[i] * 0.0f;
  }
  return sum<float>(poison) + rest == 0.0f;
}

RLR_INLINE float maximum(const float* z, int64_t vocab) {
  V best = splat<float>(z[0]);
  int64_t i = 0;
  for (; i + kLanes<float> <= vocab; i += kLanes<float>)
    best = larger<float>(best, load<float>(z + i));
  float most = largest<float>(best);
  for (; i < vocab; ++i) most = z[i] > most ? z[i] : most;
  return most;
}

// weights[v] = exp(z[v] - most), 0 below e^-87; returns their sum, in head_cpu.cpp's order so that log-probs have its bits.
RLR_INLINE float exponentials(const float* z, int64_t vocab, float most, float* weights) {
  const V smallest = splat<float>(ExpConstants<float>::kMin);
  V totals{};
  int64_t i = 0;
  for (; i + kLanes<float> <= vocab; i += kLanes<float>) {
    const V x = load<float>(z + i) - most, e = exp<float>(x);
    totals += e;
    store<float>(weights + i, x > smallest ? e : V{});
  }
  if (i < vocab) {
    const int n = static_cast<int>(vocab - i);
    const V x = load_first<float>(z + i, n) - most, e = exp<float>(x);
    float lanes[kLanes<float>] = {};
    store_first<float>(lanes, e, n);
    totals += load<float>(lanes);
    store_first<float>(weights + i, x > smallest ? e : V{}, n);
  }
  return sum<float>(totals);
}

RLR_INLINE int64_t invert(const float* weights, int64_t vocab, double u) {
  double total = 0, cumulative = 0;
  for (int64_t i = 0; i < vocab; ++i) total += static_cast<double>(weights[i]);
  const double threshold = u * total;
  int64_t last = 0;
  for (int64_t i = 0; i < vocab; ++i) {
    cumulative += static_cast<double>(weights[i]);
    if (cumulative > threshold) return i;
    if (weights[i] > 0) last = i;
  }
  return last;
}

RLR_INLINE int64_t first_of(const float* z, int64_t vocab, float most) {
  for (int64_t i = 0; i < vocab; ++i)
    if (z[i] == most) return i;
  return 0;
}

}  // namespace

DrawnToken draw_token(const float* logits, int64_t vocab, double temperature, double u,
                      float* scratch) {
  float* z = scratch;
  float* weights = scratch + vocab;
  const bool greedy = temperature == 0;
  if (!scale(logits, vocab, static_cast<float>(1 / (greedy ? 1 : temperature)), z))
    return {-1, 0, false, 0};
  const float most = maximum(z, vocab), lse = most + log(exponentials(z, vocab, most, weights));
  const int64_t token = greedy ? first_of(z, vocab, most) : invert(weights, vocab, u);
  return {static_cast<int32_t>(token), z[token] - lse, true, lse};
}

}  // namespace rlreason::engine::RLR_ISA
