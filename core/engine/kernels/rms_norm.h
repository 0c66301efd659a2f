// RMS norm over the last dimension, of whole rows or of the heads inside a row.
//
//   y[r,:] = x[r,:] * rstd[r] * gain,   rstd[r] = 1 / sqrt(mean(x[r,:]^2) + eps)          Source: arXiv:1910.07467 eq. 4
// A row is split into `groups` vectors of `width` elements at distance `width`; rows are `stride` elements apart (stride >=
// groups * width), so the q or k heads of a fused qkv row are normed in place.  x and y may be the same memory.
// T is float or double.  Row sums are in double only for T = double.
#pragma once

#include <cstdint>

namespace rlreason::engine {

struct RmsNormShape {
  int64_t rows = 0, groups = 1, width = 0;
  int64_t x_stride = 0, y_stride = 0;  // elements between rows of x (and dx) and of y (and dy)
  double eps = 1e-6;

  static RmsNormShape contiguous(int64_t rows, int64_t width, double eps) {
    return {rows, 1, width, width, width, eps};
  }
};

// rstd [rows, groups] may be null.
template <class T>
void rms_norm_forward(const RmsNormShape& shape, const T* x, const T* gain, T* y, T* rstd);
// dx = or += (accumulate) the input gradient; dgain [width] +=.  dx may be the memory of dy when strides agree.
template <class T>
void rms_norm_backward(const RmsNormShape& shape, const T* x, const T* gain, const T* rstd,
                       const T* dy, T* dx, T* dgain, bool accumulate);

}  // namespace rlreason::engine
