// SwiGLU on a fused gate-up row:  y[r,i] = silu(gate[r,i]) * up[r,i],  silu(g) = g / (1 + exp(-g)).   Source: arXiv:2002.05202
//
// gate_up is [rows, 2 inner]: gate in the first half of each row, up in the second; contiguous.  T is float or double.
#pragma once

#include <cstdint>

namespace rlreason::engine {

template <class T>
void swiglu_forward(int64_t rows, int64_t inner, const T* gate_up, T* y);
// dgate_up [rows, 2 inner] and y (the forward product again) are overwritten.  dgate_up may be the memory of gate_up, y that
// of dy.
template <class T>
void swiglu_backward(int64_t rows, int64_t inner, const T* gate_up, const T* dy, T* dgate_up, T* y);

}  // namespace rlreason::engine
