#include <cstddef>
#include "core/engine/kernels/decode_attention.h"
#include "core/engine/kernels/simd.h"

// The order of every sum is that of attention_cpu.cpp (one accumulator an element, keys in chain order), so that a decoded
// row has the bits of the same row in a packed forward pass.
namespace rlreason::engine::RLR_ISA {
namespace {

constexpr int kPage = static_cast<int>(kPagePositions);
constexpr int kPageVecs = kPage / kLanes<float>;
#if defined(__AVX512F__)
constexpr int kPages =
    2;  // pages scored together: independent sums hide the latency of multiply-add
#else
constexpr int kPages = 1;
#endif
constexpr int kMaxColumns = 4;  // vectors of an output kept in registers
constexpr int kMaxHeads = 2;    // query heads that share one pass over a key-value head

using V = Vec<float>;

struct Task {
  const DecodeSequence *sequence, *next;
  int64_t key_offset, value_offset, value_stride, head_dim;
  float scale;
  float* weights;  // scores, then exponentials, of the first head; heads are `stride` apart
  int64_t stride;
};

// The same part of the row after this one: while a cache line is used its counterpart there is fetched, because the cache of
// many sequences comes from memory.  Where the next row has no such page, the line fetched is the one in use.
RLR_INLINE float* const* pages_ahead(const PagedPositions& part, const PagedPositions& next,
                                     int64_t page) {
  return page * kPage < next.length ? next.pages + page : part.pages + page;
}
RLR_INLINE void fetch(const float* p) { __builtin_prefetch(p, 0, 2); }

// Unscaled scores of `Heads` queries against `Pages` pages; q rows are head_dim apart, score rows `stride` apart.
template <int Heads, int Pages>
RLR_INLINE void page_scores(int64_t head_dim, const float* q, float* const* pages,
                            float* const* (&ahead)[Pages], int64_t offset, float* scores,
                            int64_t stride) {
  V sums[Pages][Heads][kPageVecs] = {};
  for (int64_t d = 0; d < head_dim; ++d)
#pragma GCC unroll 4
    for (int p = 0; p < Pages; ++p) {
      fetch(*ahead[p] + offset + d * kPage);
#pragma GCC unroll 4
      for (int v = 0; v < kPageVecs; ++v) {
        const V key = load<float>(pages[p] + offset + d * kPage + v * kLanes<float>);
#pragma GCC unroll 4
        for (int h = 0; h < Heads; ++h) sums[p][h][v] += q[h * head_dim + d] * key;
      }
    }
  for (int p = 0; p < Pages; ++p)
    for (int h = 0; h < Heads; ++h)
      for (int v = 0; v < kPageVecs; ++v)
        store<float>(scores + h * stride + p * kPage + v * kLanes<float>, sums[p][h][v]);
}

// Scores of a part of a sequence.  Whole pages are written: what lies beyond the part's last position is overwritten by the
// next part or never read.
template <int Heads, int Pages>
RLR_INLINE int64_t scores_of_pages(const Task& task, const float* q, const PagedPositions& part,
                                   const PagedPositions& next, int64_t page, float* scores) {
  const int64_t pages = (part.length + kPage - 1) / kPage;
  for (; page + Pages <= pages; page += Pages) {
    float* const* ahead[Pages];
    for (int p = 0; p < Pages; ++p) ahead[p] = pages_ahead(part, next, page + p);
    page_scores<Heads, Pages>(task.head_dim, q, part.pages + page, ahead, task.key_offset,
                              scores + page * kPage, task.stride);
  }
  return page;
}
template <int Heads>
RLR_INLINE void part_scores(const Task& task, const float* q, const PagedPositions& part,
                            const PagedPositions& next, float* scores) {
  const int64_t done = scores_of_pages<Heads, kPages>(task, q, part, next, 0, scores);
  scores_of_pages<Heads, 1>(task, q, part, next, done, scores);
}

RLR_INLINE float row_peak(const float* s, int64_t count) {
  V peaks = splat<float>(s[0]);
  int64_t i = 0;
  for (; i + kLanes<float> <= count; i += kLanes<float>)
    peaks = larger<float>(peaks, load<float>(s + i));
  float peak = largest<float>(peaks);
  for (; i < count; ++i) peak = (peak > s[i] || peak != peak) ? peak : s[i];
  return peak;
}

// Scores become exp(scale score - shift); returns their sum.
RLR_INLINE float exponentials(float* s, int64_t count, float scale, float shift) {
  V total{};
  int64_t i = 0;
  for (; i + kLanes<float> <= count; i += kLanes<float>) {
    const V e = exp<float>(load<float>(s + i) * scale - shift);
    store<float>(s + i, e);
    total += e;
  }
  if (i < count) {
    const int n = static_cast<int>(count - i);
    store_first<float>(s + i, exp<float>(load_first<float>(s + i, n) * scale - shift), n);
    total += load_first<float>(s + i, n);
  }
  return sum<float>(total);
}

template <int Heads, int Columns>
RLR_INLINE void add_values(const Task& task, const PagedPositions& part, const PagedPositions& next,
                           int64_t offset, const float* weights, V (&sums)[Heads][Columns]) {
  for (int64_t begin = 0; begin < part.length; begin += kPage) {
    const float* values = part.pages[begin / kPage] + offset;
    const float* ahead = *pages_ahead(part, next, begin / kPage) + offset;
    const int64_t count = smaller(kPage, part.length - begin);
    for (int64_t i = 0; i < count;
         ++i, values += task.value_stride, ahead += task.value_stride, ++weights)
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) {
        fetch(ahead + c * kLanes<float>);
        const V value = load<float>(values + c * kLanes<float>);
#pragma GCC unroll 4
        for (int h = 0; h < Heads; ++h) sums[h][c] += weights[h * task.stride] * value;
      }
  }
}

template <int Heads, int Columns>
RLR_INLINE void weighted_values(const Task& task, int64_t column, const float* inverse_sums,
                                float* out) {
  V sums[Heads][Columns] = {};
  const int64_t offset = task.value_offset + column;
  const DecodeSequence &sequence = *task.sequence, &next = *task.next;
  add_values<Heads, Columns>(task, sequence.prompt, next.prompt, offset, task.weights, sums);
  add_values<Heads, Columns>(task, sequence.suffix, next.suffix, offset,
                             task.weights + sequence.prompt.length, sums);
  for (int h = 0; h < Heads; ++h)
    for (int c = 0; c < Columns; ++c) {
      const int64_t at = column + c * kLanes<float>, valid = task.head_dim - at;
      float* target = out + h * task.head_dim + at;
      if (valid >= kLanes<float>)
        store<float>(target, sums[h][c] * inverse_sums[h]);
      else if (valid > 0)
        store_first<float>(target, sums[h][c] * inverse_sums[h], static_cast<int>(valid));
    }
}

// `Heads` query heads that share a key-value head.
template <int Heads>
RLR_INLINE void attend(const Task& task, const float* q, float* out) {
  const DecodeSequence &sequence = *task.sequence, &next = *task.next;
  part_scores<Heads>(task, q, sequence.prompt, next.prompt, task.weights);
  part_scores<Heads>(task, q, sequence.suffix, next.suffix, task.weights + sequence.prompt.length);
  const int64_t count = sequence.prompt.length + sequence.suffix.length;
  float inverse_sums[Heads];
  for (int h = 0; h < Heads; ++h) {
    float* s = task.weights + h * task.stride;
    inverse_sums[h] = 1 / exponentials(s, count, task.scale, row_peak(s, count) * task.scale);
  }
  int64_t column = 0;
  for (; column + kMaxColumns * kLanes<float> <= task.value_stride;
       column += kMaxColumns * kLanes<float>)
    weighted_values<Heads, kMaxColumns>(task, column, inverse_sums, out);
  for (; column + 2 * kLanes<float> <= task.value_stride; column += 2 * kLanes<float>)
    weighted_values<Heads, 2>(task, column, inverse_sums, out);
  for (; column < task.value_stride; column += kLanes<float>)
    weighted_values<Heads, 1>(task, column, inverse_sums, out);
}

}  // namespace

int64_t decode_attention_scratch(int64_t positions) { return kMaxHeads * (positions + 2 * kPage); }

void decode_attention(const DecodeAttentionShape& shape, int64_t rows,
                      const DecodeSequence* sequences, int64_t layer_offset, const float* qkv,
                      float* out, float* scratch) {
  const int64_t head_dim = shape.head_dim, row = (shape.heads + 2 * shape.kv_heads) * head_dim;
  const int64_t shared = shape.heads / shape.kv_heads;
  const int64_t value_stride = (head_dim + kPage - 1) / kPage * kPage;
  const int64_t head_elements = kPage * (head_dim + value_stride);
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t stride = sequences[r].prompt.length + sequences[r].suffix.length + 2 * kPage;
    for (int64_t g = 0; g < shape.kv_heads; ++g) {
      const int64_t offset = layer_offset + g * head_elements;
      const Task task{sequences + r,
                      sequences + smaller(r + 1, rows - 1),
                      offset,
                      offset + kPage * head_dim,
                      value_stride,
                      head_dim,
                      static_cast<float>(shape.scale),
                      scratch,
                      stride};
      const float* q = qkv + r * row + g * shared * head_dim;
      float* target = out + (r * shape.heads + g * shared) * head_dim;
      int64_t h = 0;
      for (; h + kMaxHeads <= shared; h += kMaxHeads)
        attend<kMaxHeads>(task, q + h * head_dim, target + h * head_dim);
      for (; h < shared; ++h) attend<1>(task, q + h * head_dim, target + h * head_dim);
    }
  }
}

void append_key_value(const DecodeAttentionShape& shape, const float* qkv_row, float* page_layer,
                      int64_t position) {
  const int64_t head_dim = shape.head_dim, value_stride = (head_dim + kPage - 1) / kPage * kPage;
  const float* k = qkv_row + shape.heads * head_dim;
  const float* v = k + shape.kv_heads * head_dim;
  for (int64_t g = 0; g < shape.kv_heads; ++g) {
    float* keys = page_layer + g * kPage * (head_dim + value_stride);
    float* values = keys + kPage * head_dim + position * value_stride;
    for (int64_t d = 0; d < head_dim; ++d) keys[d * kPage + position] = k[g * head_dim + d];
    __builtin_memcpy(values, v + g * head_dim, static_cast<unsigned long>(head_dim) * sizeof(float));
  }
}

}  // namespace rlreason::engine::RLR_ISA
