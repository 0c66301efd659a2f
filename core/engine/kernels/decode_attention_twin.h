// The readable twin of decode_attention.h: what the kernels must compute, in double, one sum after the other.  Tests only.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/engine/kernels/decode_attention.h"

namespace rlreason::engine {

// One query head of one row; q and the result have head_dim elements.
inline std::vector<double> decode_attention_twin(const DecodeAttentionShape& shape,
                                                 const DecodeSequence& sequence,
                                                 int64_t layer_offset, int64_t head,
                                                 const float* q) {
  const int64_t kv_head = head / (shape.heads / shape.kv_heads);
  const int64_t value_stride = page_head_elements(shape.head_dim) / kPagePositions - shape.head_dim;
  std::vector<const float*> pages;  // of this head, one entry a position
  std::vector<int64_t> inside;
  for (const PagedPositions* part : {&sequence.prompt, &sequence.suffix})
    for (int64_t s = 0; s < part->length; ++s) {
      pages.push_back(part->pages[s / kPagePositions] + layer_offset +
                      kv_head * page_head_elements(shape.head_dim));
      inside.push_back(s % kPagePositions);
    }
  std::vector<double> weight(pages.size());
  double most = -std::numeric_limits<double>::infinity(), total = 0;
  for (size_t s = 0; s < pages.size(); ++s) {
    double score = 0;
    for (int64_t d = 0; d < shape.head_dim; ++d)
      score +=
          static_cast<double>(q[d]) * static_cast<double>(pages[s][d * kPagePositions + inside[s]]);
    weight[s] = score * shape.scale;
    most = std::max(most, weight[s]);
  }
  for (double& w : weight) total += w = std::exp(w - most);
  std::vector<double> out(static_cast<size_t>(shape.head_dim));
  for (size_t s = 0; s < pages.size(); ++s)
    for (int64_t d = 0; d < shape.head_dim; ++d)
      out[static_cast<size_t>(d)] +=
          weight[s] / total *
          static_cast<double>(
              pages[s][kPagePositions * shape.head_dim + inside[s] * value_stride + d]);
  return out;
}

}  // namespace rlreason::engine
