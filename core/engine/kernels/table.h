// The CPU kernels behind the contract headers: one table of function pointers per instruction set and scalar.
//
// Kernels take raw pointers, run on the calling thread and allocate nothing; the contract functions split work over threads
// and hand out scratch memory.  Only the kernels' dispatch files use this.
#pragma once

#include <stdint.h>

#include "core/engine/kernels/isa.h"

namespace rlreason::engine {

// C[rows, columns] (+)= sum_k A(row, k) B(k, column).  Elements of A: row * a_row_stride + k * a_k_stride, one of them 1.
// B is packed panels when `panels` is set, else B(k, n) = b[k * b_stride + n], or b[n * b_stride + k] when b_transposed.
template <class T>
struct Product {
  int64_t rows = 0, columns = 0, depth = 0;
  const T* a = nullptr;
  int64_t a_row_stride = 0, a_k_stride = 1;
  const T* b = nullptr;
  int64_t b_stride = 0;
  bool b_transposed = false;
  const T* panels = nullptr;  // laid out by `pack`
  T* c = nullptr;
  int64_t c_stride = 0;
  bool accumulate = false;
  T* scratch = nullptr;  // product_scratch elements; unused with panels
};

struct NormRows {
  int64_t rows, groups, width, x_stride, y_stride;
  double eps;
};

struct TreeSegment {
  int32_t begin, end, parent;  // parent: index within the tree, -1 for its root
};

// One tree and one key-value head.
template <class T>
struct AttentionTask {
  int64_t heads, kv_heads, head_dim, kv_head;
  T scale;
  const TreeSegment* segments;  // parents before children
  int32_t segment_count;
  int64_t longest;  // most keys a token of the tree sees
  const T* qkv;
  T* out;              // forward
  T* lse;              // forward, may be null
  const T* saved_out;  // backward
  const T* saved_lse;  // backward
  const T* dout;       // backward
  T* dqkv;             // backward
  T* scratch;          // attention_scratch elements
};

// One row of logits with the targets that share it.
template <class T>
struct HeadRow {
  T* logits;  // [vocab]; overwritten by d loss / d logits in backward
  int64_t vocab;
  T inverse_temperature;
  const int32_t* targets;  // indices into token, logprob, ...
  int64_t target_count;
  const int32_t* token;
  T* logprob;             // forward, may be null
  T* entropy;             // forward, may be null
  const T* logprob_grad;  // backward, may be null
  const T* entropy_grad;  // backward, may be null
};

struct AdamWStep {
  double lr, beta1, beta2, eps, decay_factor, scale, correction1, correction2;
};

template <class T>
struct Kernels {
  int64_t product_scratch;                                 // elements
  int64_t (*packed_size)(int64_t depth, int64_t columns);  // elements of `pack`
  void (*pack)(int64_t depth, int64_t columns, const T* b_transposed, int64_t stride, T* panels);
  void (*product)(const Product<T>&);
  void (*rms_norm_forward)(const NormRows&, const T* x, const T* gain, T* y, T* rstd);
  void (*rms_norm_backward)(const NormRows&, const T* x, const T* gain, const T* rstd, const T* dy,
                            T* dx, T* dgain, bool accumulate);
  void (*rope)(int64_t rows, int64_t heads, int64_t half, int64_t stride, const T* cosines,
               const T* sines, const int32_t* positions, T* x, T direction);
  void (*swiglu_forward)(int64_t rows, int64_t inner, const T* gate_up, T* y);
  void (*swiglu_backward)(int64_t rows, int64_t inner, const T* gate_up, const T* dy, T* dgate_up,
                          T* y);
  int64_t (*attention_scratch)(int64_t head_dim, int64_t longest);  // elements
  void (*attention_forward)(const AttentionTask<T>&);
  void (*attention_backward)(const AttentionTask<T>&);
  void (*head_forward)(const HeadRow<T>&);
  void (*head_backward)(const HeadRow<T>&);
  void (*adamw)(const AdamWStep&, int64_t count, const T* gradient, T* first, T* second, T* weight);
  double (*square_sum)(int64_t count, const T* x);
  void (*add)(int64_t count, const T* x, T* y);  // y += x
};

// The active instruction set's kernels.  T is float or double.
template <class T>
const Kernels<T>& kernels();

namespace baseline {
extern const Kernels<float> kFloatKernels;
extern const Kernels<double> kDoubleKernels;
}  // namespace baseline
namespace avx2 {
extern const Kernels<float> kFloatKernels;
extern const Kernels<double> kDoubleKernels;
}  // namespace avx2
namespace avx512 {
extern const Kernels<float> kFloatKernels;
extern const Kernels<double> kDoubleKernels;
}  // namespace avx512

}  // namespace rlreason::engine
