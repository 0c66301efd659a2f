// One tree and one key-value head at a time, segment by segment.
//
// A segment's chain (its ancestors, then itself) has L keys.  Blocks of query rows give scores [rows, L] by a product with
// the packed keys, a softmax cut off at each row's own position, and the output by a product with the packed values.
// Backward forms the probabilities again from lse; the gradients of the chain's keys and values collect in [L, hd] buffers
// over all blocks and query heads, and are then added to the tokens they belong to.
#include "core/engine/kernels/cpu_kernels.h"
#include "core/engine/kernels/tile.h"

namespace rlreason::engine::RLR_ISA {
namespace {

constexpr int64_t kQueryRows = 2 * kTileRows;

constexpr int64_t padded(int64_t n) { return (n + 31) / 32 * 32; }

// Scratch of a task, carved from its memory.
template <class T>
struct Buffers {
  T *keys, *values;              // [L, hd] gathered
  T* score_panels;               // keys as columns: scores = q K^T
  T* value_panels;               // values as rows: out = p V
  T* scores;                     // [kQueryRows, padded L]
  T* gradients;                  // [kQueryRows, padded L] of the probabilities, then of the scores
  T* key_panels;                 // keys as rows: dq = ds K
  T* value_score_panels;         // values as columns: dp = do V^T
  T *query_panels, *out_panels;  // [kQueryRows, hd] as rows
  T *key_gradients, *value_gradients;  // [L, hd]
  int64_t score_stride;

  static int64_t elements(int64_t hd, int64_t longest) {
    const int64_t length = padded(longest), width = padded(hd);
    return 8 * length * width + 2 * kQueryRows * length + 2 * kQueryRows * width;
  }
  Buffers(T* memory, int64_t hd, int64_t longest) : score_stride(padded(longest)) {
    const int64_t block = padded(longest) * padded(hd), square = kQueryRows * padded(longest),
                  rows = kQueryRows * padded(hd);
    keys = memory;
    values = keys + block;
    score_panels = values + block;
    value_panels = score_panels + block;
    key_panels = value_panels + block;
    value_score_panels = key_panels + block;
    key_gradients = value_score_panels + block;
    value_gradients = key_gradients + block;
    scores = value_gradients + block;
    gradients = scores + square;
    query_panels = gradients + square;
    out_panels = query_panels + rows;
  }
};

// The tokens one segment sees, ancestors first, by position in the chain.
template <class T>
struct Chain {
  const AttentionTask<T>& task;
  int64_t row;     // elements between tokens of qkv
  int64_t length;  // L
  int64_t own;     // chain position of the segment's first token
  int32_t segment;

  Chain(const AttentionTask<T>& t, int32_t s)
      : task(t), row((t.heads + 2 * t.kv_heads) * t.head_dim), segment(s) {
    own = 0;
    for (int32_t a = t.segments[s].parent; a >= 0; a = t.segments[a].parent)
      own += t.segments[a].end - t.segments[a].begin;
    length = own + t.segments[s].end - t.segments[s].begin;
  }
  int64_t key_column() const { return (task.heads + task.kv_head) * task.head_dim; }
  int64_t value_column() const { return key_column() + task.kv_heads * task.head_dim; }

  // Calls f(chain position, token) for every key, from the segment's last back to the root's first.
  template <class F>
  RLR_INLINE void each(F f) const {
    int64_t end = length;
    for (int32_t s = segment; s >= 0; s = task.segments[s].parent) {
      const int64_t begin = end - (task.segments[s].end - task.segments[s].begin);
      for (int64_t i = begin; i < end; ++i) f(i, task.segments[s].begin + (i - begin));
      end = begin;
    }
  }
};

template <class T>
void gather(const Chain<T>& chain, Buffers<T>& b) {
  const int64_t hd = chain.task.head_dim;
  chain.each([&](int64_t i, int64_t token) {
    const T* from = chain.task.qkv + token * chain.row;
    __builtin_memcpy(b.keys + i * hd, from + chain.key_column(),
                     static_cast<size_t>(hd) * sizeof(T));
    __builtin_memcpy(b.values + i * hd, from + chain.value_column(),
                     static_cast<size_t>(hd) * sizeof(T));
  });
  pack_transposed<T>(hd, chain.length, b.keys, hd, b.score_panels);
  pack<T>(chain.length, hd, b.values, hd, b.value_panels);
}

// A block of one query head's rows: chain positions [own + first, own + first + rows).
struct Block {
  int64_t head, first, rows;
  int64_t token;  // packed token of the first row
  int64_t limit;  // keys that the block's last row sees
};

template <class T, class F>
RLR_INLINE void each_block(const Chain<T>& chain, F f) {
  const AttentionTask<T>& t = chain.task;
  const int64_t group = t.heads / t.kv_heads, rows = chain.length - chain.own;
  for (int64_t h = t.kv_head * group; h < (t.kv_head + 1) * group; ++h)
    for (int64_t first = 0; first < rows; first += kQueryRows) {
      const int64_t count = smaller(kQueryRows, rows - first);
      f(Block{h, first, count, t.segments[chain.segment].begin + first, chain.own + first + count});
    }
}

template <class T>
RLR_INLINE void score(const Chain<T>& chain, const Block& block, const Buffers<T>& b) {
  const T* q = chain.task.qkv + block.token * chain.row + block.head * chain.task.head_dim;
  multiply<T>(block.rows, block.limit, chain.task.head_dim, {q, chain.row, 1}, b.score_panels,
              chain.task.head_dim, b.scores, b.score_stride, false);
}

// s[0, seen) <- exp(scale s - lse), s[seen, limit) <- 0.
template <class T>
RLR_INLINE Vec<T> exponentials(T* s, int64_t seen, int64_t limit, T scale, T shift) {
  Vec<T> total{};
  int64_t i = 0;
  for (; i + kLanes<T> <= seen; i += kLanes<T>) {
    const Vec<T> e = exp<T>(load<T>(s + i) * scale - shift);
    store<T>(s + i, e);
    total += e;
  }
  if (i < seen) {
    const int n = static_cast<int>(seen - i);
    store_first<T>(s + i, exp<T>(load_first<T>(s + i, n) * scale - shift), n);
    total += load_first<T>(s + i, n);
  }
  for (i = seen; i < limit; ++i) s[i] = 0;
  return total;
}

template <class T>
RLR_INLINE T row_peak(const T* s, int64_t seen) {
  Vec<T> peaks = splat<T>(s[0]);
  int64_t i = 0;
  for (; i + kLanes<T> <= seen; i += kLanes<T>) peaks = larger<T>(peaks, load<T>(s + i));
  T peak = largest<T>(peaks);
  for (; i < seen; ++i) peak = (peak > s[i] || peak != peak) ? peak : s[i];
  return peak;
}

template <class T>
void forward_block(const Chain<T>& chain, const Block& block, const Buffers<T>& b) {
  const AttentionTask<T>& t = chain.task;
  const int64_t width = t.heads * t.head_dim;
  score(chain, block, b);
  T inverse[kQueryRows];
  for (int64_t i = 0; i < block.rows; ++i) {
    T* s = b.scores + i * b.score_stride;
    const int64_t seen = chain.own + block.first + i + 1;
    const T peak = row_peak<T>(s, seen) * t.scale;
    const T total = sum<T>(exponentials<T>(s, seen, block.limit, t.scale, peak));
    inverse[i] = 1 / total;
    if (t.lse != nullptr) t.lse[(block.token + i) * t.heads + block.head] = peak + log(total);
  }
  T* out = t.out + block.token * width + block.head * t.head_dim;
  multiply<T>(block.rows, t.head_dim, block.limit, {b.scores, b.score_stride, 1}, b.value_panels,
              chain.length, out, width, false);
  for (int64_t i = 0; i < block.rows; ++i)
    for (int64_t d = 0; d < t.head_dim; ++d) out[i * width + d] *= inverse[i];
}

// scores <- p, gradients <- scale p (dp - do.o): the gradient of the unscaled scores.
template <class T>
void score_gradients(const Chain<T>& chain, const Block& block, const Buffers<T>& b, const T* dout,
                     const T* out) {
  const AttentionTask<T>& t = chain.task;
  const int64_t width = t.heads * t.head_dim;
  multiply<T>(block.rows, block.limit, t.head_dim, {dout, width, 1}, b.value_score_panels,
              t.head_dim, b.gradients, b.score_stride, false);
  for (int64_t i = 0; i < block.rows; ++i) {
    T* p = b.scores + i * b.score_stride;
    T* g = b.gradients + i * b.score_stride;
    exponentials<T>(p, chain.own + block.first + i + 1, block.limit, t.scale,
                    t.saved_lse[(block.token + i) * t.heads + block.head]);
    Vec<T> products{};
    for (int64_t d = 0; d < t.head_dim; d += kLanes<T>) {
      const int n = static_cast<int>(smaller(kLanes<T>, t.head_dim - d));
      products += load_first<T>(dout + i * width + d, n) * load_first<T>(out + i * width + d, n);
    }
    const T delta = sum<T>(products);
    int64_t j = 0;
    for (; j + kLanes<T> <= block.limit; j += kLanes<T>)
      store<T>(g + j, load<T>(p + j) * (load<T>(g + j) - delta) * t.scale);
    for (; j < block.limit; ++j) g[j] = p[j] * (g[j] - delta) * t.scale;
  }
}

template <class T>
void backward_block(const Chain<T>& chain, const Block& block, const Buffers<T>& b) {
  const AttentionTask<T>& t = chain.task;
  const int64_t width = t.heads * t.head_dim, hd = t.head_dim;
  const T* dout = t.dout + block.token * width + block.head * hd;
  const T* q = t.qkv + block.token * chain.row + block.head * hd;
  score(chain, block, b);
  score_gradients(chain, block, b, dout, t.saved_out + block.token * width + block.head * hd);
  multiply<T>(block.rows, hd, block.limit, {b.gradients, b.score_stride, 1}, b.key_panels,
              chain.length, t.dqkv + block.token * chain.row + block.head * hd, chain.row, false);
  pack<T>(block.rows, hd, q, chain.row, b.query_panels);
  pack<T>(block.rows, hd, dout, width, b.out_panels);
  multiply<T>(block.limit, hd, block.rows, {b.gradients, 1, b.score_stride}, b.query_panels,
              block.rows, b.key_gradients, hd, true);
  multiply<T>(block.limit, hd, block.rows, {b.scores, 1, b.score_stride}, b.out_panels, block.rows,
              b.value_gradients, hd, true);
}

template <class T>
void clear_key_gradients(const AttentionTask<T>& task) {
  const Chain<T> columns(task, 0);
  for (int32_t s = 0; s < task.segment_count; ++s)
    for (int64_t token = task.segments[s].begin; token < task.segments[s].end; ++token) {
      T* row = task.dqkv + token * columns.row;
      for (int64_t d = 0; d < task.head_dim; ++d)
        row[columns.key_column() + d] = row[columns.value_column() + d] = 0;
    }
}

}  // namespace

template <class T>
int64_t attention_scratch(int64_t head_dim, int64_t longest) {
  return Buffers<T>::elements(head_dim, longest);
}

template <class T>
void attention_forward(const AttentionTask<T>& task) {
  Buffers<T> buffers(task.scratch, task.head_dim, task.longest);
  for (int32_t s = 0; s < task.segment_count; ++s) {
    const Chain<T> chain(task, s);
    gather(chain, buffers);
    each_block(chain, [&](const Block& block) { forward_block(chain, block, buffers); });
  }
}

template <class T>
void attention_backward(const AttentionTask<T>& task) {
  Buffers<T> b(task.scratch, task.head_dim, task.longest);
  clear_key_gradients(task);
  const int64_t hd = task.head_dim;
  for (int32_t s = 0; s < task.segment_count; ++s) {
    const Chain<T> chain(task, s);
    gather(chain, b);
    pack<T>(chain.length, hd, b.keys, hd, b.key_panels);
    pack_transposed<T>(hd, chain.length, b.values, hd, b.value_score_panels);
    for (int64_t i = 0; i < chain.length * hd; ++i) b.key_gradients[i] = b.value_gradients[i] = 0;
    each_block(chain, [&](const Block& block) { backward_block(chain, block, b); });
    chain.each([&](int64_t i, int64_t token) {
      T* row = task.dqkv + token * chain.row;
      for (int64_t d = 0; d < hd; ++d) {
        row[chain.key_column() + d] += b.key_gradients[i * hd + d];
        row[chain.value_column() + d] += b.value_gradients[i * hd + d];
      }
    });
  }
}

#define RLR_INSTANTIATE(T)                                     \
  template int64_t attention_scratch<T>(int64_t, int64_t);     \
  template void attention_forward<T>(const AttentionTask<T>&); \
  template void attention_backward<T>(const AttentionTask<T>&);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine::RLR_ISA
