// What each `*_cpu.cpp` defines in its instruction set's namespace; table_cpu.cpp gathers it.  Kernels only.
#pragma once

#include "core/engine/kernels/simd.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine::RLR_ISA {

template <class T>
constexpr int64_t kProductScratch = (int64_t{1} << 19) /
                                    static_cast<int64_t>(sizeof(T));  // 512 KiB of packed B

template <class T>
int64_t packed_elements(int64_t depth, int64_t columns);
template <class T>
void pack_weight(int64_t depth, int64_t columns, const T* b_transposed, int64_t stride, T* panels);
template <class T>
void product(const Product<T>& p);
template <class T>
void rms_norm_forward(const NormRows& shape, const T* x, const T* gain, T* y, T* rstd);
template <class T>
void rms_norm_backward(const NormRows& shape, const T* x, const T* gain, const T* rstd, const T* dy,
                       T* dx, T* dgain, bool accumulate);
template <class T>
void rope(int64_t rows, int64_t heads, int64_t half, int64_t stride, const T* cosines,
          const T* sines, const int32_t* positions, T* x, T direction);
template <class T>
void swiglu_forward(int64_t rows, int64_t inner, const T* gate_up, T* y);
template <class T>
void swiglu_backward(int64_t rows, int64_t inner, const T* gate_up, const T* dy, T* dgate_up, T* y);
template <class T>
int64_t attention_scratch(int64_t head_dim, int64_t longest);
template <class T>
void attention_forward(const AttentionTask<T>& task);
template <class T>
void attention_backward(const AttentionTask<T>& task);
template <class T>
void head_forward(const HeadRow<T>& row);
template <class T>
void head_backward(const HeadRow<T>& row);
template <class T>
void adamw(const AdamWStep& step, int64_t count, const T* gradient, T* first, T* second, T* weight);
template <class T>
double square_sum(int64_t count, const T* x);
template <class T>
void add(int64_t count, const T* x, T* y);

}  // namespace rlreason::engine::RLR_ISA
