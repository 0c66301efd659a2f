// Packed causal attention over a forest of segments, grouped queries; forward and backward.
//
//   o[t,h] = sum_s p[t,h,s] v[s,g(h)],   p = softmax_s(scale q[t,h].k[s,g(h)]),   s over the tokens t may see:
//   every token of the ancestors of t's segment, and its own segment up to and including t.      Source: arXiv:1706.03762
// q, k and v are the parts of one fused row [q heads | k heads | v heads] of (heads + 2 kv_heads) * head_dim elements, already
// rotated.  A parent's keys and values are stored once and used by all its children; their gradients meet there.
// Work is split over (tree, kv head): the bits of the result do not depend on the thread count.
#pragma once

#include <cstdint>

#include "core/engine/layout.h"

namespace rlreason::engine {

struct AttentionShape {
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  double scale = 0;  // 1 / sqrt(head_dim)

  int64_t row() const { return (heads + 2 * kv_heads) * head_dim; }
};

// out [T, heads * head_dim]; lse [T, heads] log of the softmax denominators (needed by backward; may be null).
template <class T>
void attention_forward(const AttentionShape& shape, const Layout& layout, const T* qkv, T* out,
                       T* lse);
// dqkv [T, row()] is overwritten.
template <class T>
void attention_backward(const AttentionShape& shape, const Layout& layout, const T* qkv,
                        const T* out, const T* lse, const T* dout, T* dqkv);

}  // namespace rlreason::engine
