// Cutting the tail off a distribution before a token is drawn: top-k, min-p and top-p (nucleus) sampling.
//
//   kept = the top_k most probable, of these the ones with p >= min_p max p, of these the smallest set of the most probable
//   whose share of the mass of what is left reaches top_p (the token that crosses the bound stays); renormalised
// Among equal probabilities the lower id comes first.  The draw inverts the cumulative distribution in vocabulary order.
// Sources: arXiv:1904.09751 (top-p), arXiv:1805.04833 (top-k), arXiv:2407.01082 (min-p).
// Not here: the softmax (kernels/decode_draw.h).
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rlreason::engine {

struct Truncation {
  double top_p = 1;   // (0, 1]; 1 keeps all
  int32_t top_k = 0;  // 0 keeps all
  double min_p = 0;   // [0, 1]; 0 keeps all
  bool any() const { return top_p < 1 || top_k > 0 || min_p > 0; }
};

void check(const Truncation& truncation, const std::string& where);  // UserError

struct TruncatedToken {
  int32_t token = 0;
  float logprob = 0;  // under the truncated distribution
};

// weights [V]: not normalised, at least one above 0.  `candidates` is scratch.
TruncatedToken draw_truncated(std::span<const float> weights, const Truncation& truncation, double u,
                              std::vector<int32_t>& candidates);

}  // namespace rlreason::engine
