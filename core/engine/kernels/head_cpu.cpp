#include "core/engine/kernels/cpu_kernels.h"

namespace rlreason::engine::RLR_ISA {
namespace {

template <class T>
struct RowStatistics {
  T lse = 0, entropy = 0;
};

// Scales the logits by 1 / temperature in place; lse = log sum exp z, H = lse - sum p z = log S - sum p (z - max).
template <class T>
RowStatistics<T> statistics(T* z, int64_t vocab, T inverse_temperature) {
  constexpr int kWidth = kLanes<T>;
  T peak = z[0] * inverse_temperature;
  Vec<T> peaks = splat<T>(peak);
  int64_t i = 0;
  for (; i + kWidth <= vocab; i += kWidth) {
    const Vec<T> v = load<T>(z + i) * inverse_temperature;
    store<T>(z + i, v);
    peaks = larger<T>(peaks, v);
  }
  for (peak = largest<T>(peaks); i < vocab; ++i) {
    z[i] *= inverse_temperature;
    peak = (peak > z[i] || peak != peak) ? peak : z[i];
  }
  Vec<T> totals{}, weighted{};
  for (i = 0; i + kWidth <= vocab; i += kWidth) {
    const Vec<T> shifted = load<T>(z + i) - peak, e = exp<T>(shifted);
    totals += e;
    weighted += e * shifted;
  }
  if (i < vocab) {
    const int n = static_cast<int>(vocab - i);
    T keep[kWidth] = {};
    for (int j = 0; j < n; ++j) keep[j] = 1;
    const Vec<T> shifted = load_first<T>(z + i, n) - peak, e = exp<T>(shifted) * load<T>(keep);
    totals += e;
    weighted += e * (load<T>(keep) * shifted);
  }
  const T total = sum<T>(totals), log_total = log(total);
  return {peak + log_total, log_total - sum<T>(weighted) / total};
}

}  // namespace

template <class T>
void head_forward(const HeadRow<T>& row) {
  const RowStatistics<T> s = statistics<T>(row.logits, row.vocab, row.inverse_temperature);
  for (int64_t i = 0; i < row.target_count; ++i) {
    const int32_t target = row.targets[i];
    if (row.logprob != nullptr) row.logprob[target] = row.logits[row.token[target]] - s.lse;
    if (row.entropy != nullptr) row.entropy[target] = s.entropy;
  }
}

// d loss / d z[v] = sum_t glp_t (1{v = token_t} - p[v]) - gH p[v] (log p[v] + H), then the 1 / temperature of z.
template <class T>
void head_backward(const HeadRow<T>& row) {
  const RowStatistics<T> s = statistics<T>(row.logits, row.vocab, row.inverse_temperature);
  T logprob_grad = 0, entropy_grad = 0;
  for (int64_t i = 0; i < row.target_count; ++i) {
    if (row.logprob_grad != nullptr) logprob_grad += row.logprob_grad[row.targets[i]];
    if (row.entropy_grad != nullptr) entropy_grad += row.entropy_grad[row.targets[i]];
  }
  constexpr int kWidth = kLanes<T>;
  for (int64_t i = 0; i < row.vocab; i += kWidth) {
    const int n = static_cast<int>(smaller(kWidth, row.vocab - i));
    const Vec<T> log_p =
        (n == kWidth ? load<T>(row.logits + i) : load_first<T>(row.logits + i, n)) - s.lse;
    const Vec<T> slope = entropy_grad == T(0) ? splat<T>(logprob_grad)
                                              : logprob_grad + entropy_grad * (log_p + s.entropy);
    const Vec<T> d = -exp<T>(log_p) * slope * row.inverse_temperature;
    n == kWidth ? store<T>(row.logits + i, d) : store_first<T>(row.logits + i, d, n);
  }
  if (row.logprob_grad == nullptr) return;
  for (int64_t i = 0; i < row.target_count; ++i) {
    const int32_t target = row.targets[i];
    row.logits[row.token[target]] += row.logprob_grad[target] * row.inverse_temperature;
  }
}

#define RLR_INSTANTIATE(T)                          \
  template void head_forward<T>(const HeadRow<T>&); \
  template void head_backward<T>(const HeadRow<T>&);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine::RLR_ISA
