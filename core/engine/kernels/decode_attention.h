// Attention of one query row a sequence over its paged keys and values: the decode step of the generator.
//
//   o[r,h] = sum_s p[r,h,s] v[s,g(h)],   p = softmax_s(scale q[r,h].k[s,g(h)])   over all cached positions of row r's sequence
// A sequence is a prompt part (shared by a group) followed by a part of its own; both take part in one softmax.  Rows of a
// prompt that is being prefilled are rows whose sequence ends with themselves.       Source: arXiv:1706.03762, 2309.06180
//
// A page holds kPagePositions positions of every layer; inside it, for each layer and key-value head,
//   keys [hd][kPagePositions] (transposed, so that scores of a page need no horizontal sums), then
//   values [kPagePositions][hd rounded up to kPagePositions].
// Sums run in the order of the packed attention (attention.h): a decoded row has the bits of the same row scored in a forest,
// whatever else is decoded beside it.
// Not here: which page belongs to whom (core/engine/generation/kv_pages.h), the twin (decode_attention_twin.h).
#pragma once

#include <cstdint>

namespace rlreason::engine {

constexpr int64_t kPagePositions = 16;

struct DecodeAttentionShape {
  int64_t heads = 0, kv_heads = 0, head_dim = 0;  // head_dim is even
  double scale = 0;                               // 1 / sqrt(head_dim)
};

// Elements of one key-value head, and of all of them, in one layer of a page.
constexpr int64_t page_head_elements(int64_t head_dim) {
  return kPagePositions *
         (head_dim + (head_dim + kPagePositions - 1) / kPagePositions * kPagePositions);
}
constexpr int64_t page_layer_elements(const DecodeAttentionShape& shape) {
  return shape.kv_heads * page_head_elements(shape.head_dim);
}

struct PagedPositions {
  float* const* pages = nullptr;
  int64_t length = 0;  // positions [0, length) are valid
};

struct DecodeSequence {
  PagedPositions prompt, suffix;
};

// Elements of scratch for sequences of at most `positions` positions.
int64_t decode_attention_scratch(int64_t positions);

// qkv rows are [q heads | k heads | v heads] of head_dim each, rotated, contiguous; only q is read.  out [rows, heads * head_dim].
// `layer_offset`: where the layer begins in a page.  REQUIRES: every sequence has a position.
void decode_attention(const DecodeAttentionShape& shape, int64_t rows,
                      const DecodeSequence* sequences, int64_t layer_offset, const float* qkv,
                      float* out, float* scratch);

// Writes the k and v heads of a qkv row into position `position` (< kPagePositions) of a layer of a page.
void append_key_value(const DecodeAttentionShape& shape, const float* qkv_row, float* page_layer,
                      int64_t position);

}  // namespace rlreason::engine
