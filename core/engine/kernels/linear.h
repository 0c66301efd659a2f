// Matrix products of the decoder: forward, input gradient, weight gradient.
//
//   forward          y  [M,N]  = x [M,K] w[N,K]^T + bias[N]      (accumulate: y += ...)
//   backward_input   dx [M,K]  = dy[M,N] w[N,K]                  (accumulate: dx += ...)
//   backward_weight  dw [N,K] += dy[M,N]^T x[M,K]
//   backward_bias    db [N]   += sum of dy over rows
// Row-major and contiguous.  T is float or double.  One element's sum runs over its reduction index in the same order whatever
// M, N or the thread count, so a row scored alone and a row scored in a batch have the same bits.
// Threads: the kernels split their output over LibTorch's intra-op threads; inside a parallel region they run serially.
#pragma once

#include <cstdint>
#include <memory>

namespace rlreason::engine {

struct LinearShape {
  int64_t rows = 0, in = 0, out = 0;  // M, K, N
};

// A weight matrix laid out for linear_forward: worth building when the same weights multiply many small batches (decoding).
template <class T>
class PackedWeight {
 public:
  void pack(const T* weight, int64_t out, int64_t in);
  int64_t out() const { return out_; }
  int64_t in() const { return in_; }
  const T* panels() const { return panels_.get(); }

 private:
  struct Free {
    void operator()(T* pointer) const;
  };
  int64_t out_ = 0, in_ = 0, capacity_ = 0;
  std::unique_ptr<T[], Free> panels_;
};

// bias may be null.
template <class T>
void linear_forward(const LinearShape& shape, const T* x, const T* weight, const T* bias, T* y,
                    bool accumulate = false);
template <class T>
void linear_forward(int64_t rows, const T* x, const PackedWeight<T>& weight, const T* bias, T* y,
                    bool accumulate = false);
template <class T>
void linear_backward_input(const LinearShape& shape, const T* dy, const T* weight, T* dx,
                           bool accumulate = false);
template <class T>
void linear_backward_weight(const LinearShape& shape, const T* dy, const T* x, T* dweight);
template <class T>
void linear_backward_bias(const LinearShape& shape, const T* dy, T* dbias);

}  // namespace rlreason::engine
