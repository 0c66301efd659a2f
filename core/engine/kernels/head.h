// Statistics of the next-token distribution at the targets, and their gradients, without a [R,V] matrix in memory.
//
// Legend: N rows of hidden vectors, R targets, D width, V vocabulary.  z = hidden head^T / temperature, p = softmax(z):
//   logprob = z[token] - logsumexp(z),   entropy H = logsumexp(z) - sum_v p[v] z[v]
//   d logprob / d z[v] = 1{v = token} - p[v],   d H / d z[v] = -p[v] (log p[v] + H)
// Without gradients, for the few methods that read them:
//   vocab_mean_logprob = mean_v z[v] - logsumexp(z),
//   min_p_logprob = logprob - log sum {p[v] : p[v] >= min_p max p}, minus infinity for a token below that bound
// Targets name a row; several may share one (first tokens of a group's responses): its logits are computed once, gradients of
// its targets are summed in target order.  Logits exist only in chunks of rows.
// A non-finite hidden vector or weight gives a non-finite logprob; nothing is clamped.
#pragma once

#include <cstdint>

namespace rlreason::engine {

struct HeadShape {
  int64_t width = 0, vocab = 0;
  double temperature = 1.0;
};

struct HeadTargets {
  int64_t count = 0;               // R
  const int32_t* row = nullptr;    // [R] index into hidden
  const int32_t* token = nullptr;  // [R]
};

template <class T>
struct HeadDetached {
  T* vocab_mean_logprob = nullptr;  // [R] or null
  T* min_p_logprob = nullptr;       // [R] or null
  double min_p = 0;                 // in [0, 1]
  bool wanted() const { return vocab_mean_logprob != nullptr || min_p_logprob != nullptr; }
};

// logprob [R]; entropy [R] or null.
template <class T>
void head_forward(const HeadShape& shape, const HeadTargets& targets, const T* hidden,
                  const T* head, T* logprob, T* entropy, const HeadDetached<T>& detached = {});
// dhidden [N,D] += and dhead [V,D] += .  logprob_grad or entropy_grad may be null (zero).  A row whose targets all have zero
// gradients adds nothing.
template <class T>
void head_backward(const HeadShape& shape, const HeadTargets& targets, const T* hidden,
                   const T* head, const T* logprob_grad, const T* entropy_grad, T* dhidden,
                   T* dhead);

}  // namespace rlreason::engine
