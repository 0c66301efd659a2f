#include "core/engine/kernels/head.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/engine/kernels/linear.h"
#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine {
namespace {

// Targets grouped by the row they read: rows ascending, targets of one row in their own order.
struct Grouping {
  std::vector<int32_t> rows;     // unique rows
  std::vector<int32_t> begin;    // [rows + 1] into targets
  std::vector<int32_t> targets;  // target indices

  int64_t size() const { return static_cast<int64_t>(rows.size()); }
};

// keep(target) false leaves a target out.
template <class Keep>
Grouping group(const HeadTargets& targets, const Keep& keep) {
  Grouping g;
  for (int32_t i = 0; i < targets.count; ++i)
    if (keep(i)) g.targets.push_back(i);
  const auto by_row = [&](int32_t a, int32_t b) { return targets.row[a] < targets.row[b]; };
  if (!std::is_sorted(g.targets.begin(), g.targets.end(), by_row))
    std::stable_sort(g.targets.begin(), g.targets.end(), by_row);
  for (size_t i = 0; i < g.targets.size(); ++i) {
    const int32_t row = targets.row[g.targets[i]];
    if (!g.rows.empty() && g.rows.back() == row) continue;
    g.rows.push_back(row);
    g.begin.push_back(static_cast<int32_t>(i));
  }
  g.begin.push_back(static_cast<int32_t>(g.targets.size()));
  return g;
}

// Rows of logits at a time: about 2 MiB of them, so that small vocabularies stay in the L2 cache.
int64_t chunk_rows(int64_t vocab) { return std::clamp<int64_t>((1 << 19) / vocab, 64, 512); }

struct ChunkHidden;
struct ChunkLogits;
struct ChunkGradient;

// Gathers a chunk of unique rows and multiplies them with the head: f(first row, rows, hidden chunk, logits chunk).
template <class T, class F>
void each_chunk(const HeadShape& shape, const Grouping& groups, const T* hidden, const T* head,
                const F& f) {
  const int64_t most = chunk_rows(shape.vocab), width = shape.width;
  for (int64_t first = 0; first < groups.size(); first += most) {
    const int64_t rows = std::min(most, groups.size() - first);
    T* own = thread_scratch<T, ChunkHidden>(most * width);
    T* logits = thread_scratch<T, ChunkLogits>(most * shape.vocab);
    for (int64_t i = 0; i < rows; ++i)
      std::copy_n(hidden + groups.rows[static_cast<size_t>(first + i)] * width, width,
                  own + i * width);
    linear_forward<T>({rows, width, shape.vocab}, own, head, nullptr, logits);
    f(first, rows, own, logits);
  }
}

template <class T>
HeadRow<T> row_of(const HeadShape& shape, const HeadTargets& targets, const Grouping& groups,
                  int64_t index, T* logits) {
  HeadRow<T> row{};
  const auto i = static_cast<size_t>(index);
  row.logits = logits;
  row.vocab = shape.vocab;
  row.inverse_temperature = static_cast<T>(1.0 / shape.temperature);
  row.targets = groups.targets.data() + groups.begin[i];
  row.target_count = groups.begin[i + 1] - groups.begin[i];
  row.token = targets.token;
  return row;
}

// Calls f(i) for the rows of a chunk; several threads only when there is enough to do.
template <class F>
void each_row(int64_t rows, int64_t vocab, const F& f) {
  const int64_t grain = std::max<int64_t>(1, (1 << 15) / vocab);
  parallel_pieces(rows, 1, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

// `row` after its forward kernel: logits are scaled, logprob is filled in.
template <class T>
void detached_statistics(const HeadRow<T>& row, const HeadDetached<T>& detached) {
  const T* z = row.logits;
  const T peak = *std::max_element(z, z + row.vocab);
  const T bound =
      peak + static_cast<T>(std::log(detached.min_p));  // log of min_p max p, but for logsumexp
  T total = 0, kept = 0;
  for (int64_t v = 0; v < row.vocab; ++v) {
    total += z[v];
    if (z[v] >= bound) kept += std::exp(z[v] - peak);
  }
  for (int64_t i = 0; i < row.target_count; ++i) {
    const int32_t target = row.targets[i];
    const T own = z[row.token[target]];
    if (detached.vocab_mean_logprob != nullptr)
      detached.vocab_mean_logprob[target] =
          total / static_cast<T>(row.vocab) - (own - row.logprob[target]);
    if (detached.min_p_logprob != nullptr)
      detached.min_p_logprob[target] =
          own >= bound ? own - peak - std::log(kept) : -std::numeric_limits<T>::infinity();
  }
}

}  // namespace

template <class T>
void head_forward(const HeadShape& shape, const HeadTargets& targets, const T* hidden,
                  const T* head, T* logprob, T* entropy, const HeadDetached<T>& detached) {
  const Grouping groups = group(targets, [](int32_t) { return true; });
  each_chunk(shape, groups, hidden, head, [&](int64_t first, int64_t rows, const T*, T* logits) {
    each_row(rows, shape.vocab, [&](int64_t i) {
      HeadRow<T> row = row_of(shape, targets, groups, first + i, logits + i * shape.vocab);
      row.logprob = logprob;
      row.entropy = entropy;
      kernels<T>().head_forward(row);
      if (detached.wanted()) detached_statistics(row, detached);
    });
  });
}

template <class T>
void head_backward(const HeadShape& shape, const HeadTargets& targets, const T* hidden,
                   const T* head, const T* logprob_grad, const T* entropy_grad, T* dhidden,
                   T* dhead) {
  // A NaN gradient is not zero: it stays and surfaces.
  const auto matters = [&](int32_t i) {
    return (logprob_grad != nullptr && !(logprob_grad[i] == T(0))) ||
           (entropy_grad != nullptr && !(entropy_grad[i] == T(0)));
  };
  const Grouping groups = group(targets, matters);
  const int64_t width = shape.width;
  each_chunk(
      shape, groups, hidden, head, [&](int64_t first, int64_t rows, const T* own, T* logits) {
        each_row(rows, shape.vocab, [&](int64_t i) {
          HeadRow<T> row = row_of(shape, targets, groups, first + i, logits + i * shape.vocab);
          row.logprob_grad = logprob_grad;
          row.entropy_grad = entropy_grad;
          kernels<T>().head_backward(row);
        });
        const LinearShape product{rows, width, shape.vocab};
        T* gradient = thread_scratch<T, ChunkGradient>(chunk_rows(shape.vocab) * width);
        linear_backward_input<T>(product, logits, head, gradient);
        linear_backward_weight<T>(product, logits, own, dhead);
        for (int64_t i = 0; i < rows; ++i)
          kernels<T>().add(width, gradient + i * width,
                           dhidden + groups.rows[static_cast<size_t>(first + i)] * width);
      });
}

#define RLR_INSTANTIATE(T)                                                                        \
  template void head_forward<T>(const HeadShape&, const HeadTargets&, const T*, const T*, T*, T*, \
                                const HeadDetached<T>&);                                          \
  template void head_backward<T>(const HeadShape&, const HeadTargets&, const T*, const T*,        \
                                 const T*, const T*, T*, T*);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine
