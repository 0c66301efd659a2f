// The register tile under every matrix product: C[m,n] (+)= sum_k A(m,k) B[k,n] for a few rows and one panel of columns.
//
// B is packed in panels of kPanel columns: [panel][k][kPanel], zero beyond the last column.  A is read in place: elements
// of one row are k_stride apart, rows are row_stride apart, so a transposed operand needs no copy.
// The sum over k runs from 0 up in one accumulator an element, whatever the tile's height.  Included by kernels only.
#pragma once

#include "core/engine/kernels/simd.h"

namespace rlreason::engine::RLR_ISA {

#if defined(__AVX512F__)
constexpr int kTileRows = 14;  // 28 accumulators, 2 of B, 1 broadcast: 31 of 32 registers
#else
constexpr int kTileRows = 6;  // 12 accumulators, 2 of B, 1 broadcast: 15 of 16 registers
#endif
template <class T>
constexpr int kPanel = 2 * kLanes<T>;

template <class T>
struct Operand {
  const T* data;
  int64_t row_stride, k_stride;
};

template <class T>
struct Output {
  T* data;
  int64_t stride;
  int64_t columns;  // valid columns of this panel, 1..kPanel
  bool accumulate;
};

template <class T, int Rows, bool UnitK>
RLR_INLINE void tile_rows(int64_t depth, const Operand<T>& a, const T* panel, const Output<T>& c) {
  constexpr int kWidth = kLanes<T>;
  Vec<T> sum[Rows][2] = {};
  const T* base = a.data;
  const int64_t row_stride = UnitK ? a.row_stride : 1, k_stride = UnitK ? 1 : a.k_stride;
  for (int64_t k = 0; k < depth; ++k) {
    const Vec<T> low = load<T>(panel), high = load<T>(panel + kWidth);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const T x = base[i * row_stride];
      sum[i][0] += x * low;
      sum[i][1] += x * high;
    }
    panel += kPanel<T>;
    base += k_stride;
  }
  const int first = static_cast<int>(smaller(c.columns, kWidth)),
            second = static_cast<int>(c.columns) - first;
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    T* row = c.data + i * c.stride;
    if (c.columns == kPanel<T>) {
      store<T>(row, c.accumulate ? load<T>(row) + sum[i][0] : sum[i][0]);
      store<T>(row + kWidth, c.accumulate ? load<T>(row + kWidth) + sum[i][1] : sum[i][1]);
    } else {
      store_first<T>(row, c.accumulate ? load_first<T>(row, first) + sum[i][0] : sum[i][0], first);
      if (second > 0)
        store_first<T>(row + kWidth,
                       c.accumulate ? load_first<T>(row + kWidth, second) + sum[i][1] : sum[i][1],
                       second);
    }
  }
}

template <class T, int Rows>
__attribute__((noinline)) void tile_of(int64_t depth, const Operand<T>& a, const T* panel,
                                       const Output<T>& c) {
  if (a.k_stride == 1)
    tile_rows<T, Rows, true>(depth, a, panel, c);
  else
    tile_rows<T, Rows, false>(depth, a, panel, c);
}

// REQUIRES: k_stride is 1, or row_stride is 1.
template <class T, int Rows = kTileRows>
RLR_INLINE void tile(int64_t rows, int64_t depth, const Operand<T>& a, const T* panel,
                     const Output<T>& c) {
  if constexpr (Rows > 1) {
    if (rows < Rows) return tile<T, Rows - 1>(rows, depth, a, panel, c);
  }
  tile_of<T, Rows>(depth, a, panel, c);
}

// A transposed operand strides over pages and cache sets, so its tiles are copied where enough columns read them again;
// deeper ones are the caller's to split.
constexpr int64_t kTransposedDepth = 256;

template <class T>
constexpr int kCopyPitch = (kTileRows + kLanes<T> - 1) / kLanes<T>* kLanes<T>;

template <class T, int Rows>
RLR_INLINE void copy_columns(int64_t depth, const Operand<T>& a, T* copy) {
  for (int64_t k = 0; k < depth; ++k)
#pragma GCC unroll 4
    for (int i = 0; i < Rows; i += kLanes<T>) {
      const int lanes = Rows - i < kLanes<T> ? Rows - i : kLanes<T>;
      store<T>(copy + k * kCopyPitch<T> + i,
               lanes == kLanes<T> ? load<T>(a.data + k * a.k_stride + i)
                                  : load_first<T>(a.data + k * a.k_stride + i, lanes));
    }
}

template <class T>
RLR_INLINE Operand<T> copy_transposed(int64_t rows, int64_t depth, const Operand<T>& a, T* copy) {
  if (rows == kTileRows) {
    copy_columns<T, kTileRows>(depth, a, copy);
  } else {
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t i = 0; i < rows; ++i) copy[k * kCopyPitch<T> + i] = a.data[i + k * a.k_stride];
  }
  return {copy, 1, kCopyPitch<T>};
}

// C[rows, columns] (+)= A[rows, depth] B, B in panels of panel_depth >= depth.
// REQUIRES: depth <= kTransposedDepth unless A's k_stride is 1.
template <class T>
RLR_INLINE void multiply(int64_t rows, int64_t columns, int64_t depth, const Operand<T>& a,
                         const T* panels, int64_t panel_depth, T* c, int64_t c_stride,
                         bool accumulate) {
  T copy[kTransposedDepth * kCopyPitch<T>];
  for (int64_t i = 0; i < rows; i += kTileRows) {
    const int64_t height = smaller(kTileRows, rows - i);
    Operand<T> block{a.data + i * a.row_stride, a.row_stride, a.k_stride};
    if (a.k_stride != 1 && columns > 4 * kPanel<T>)
      block = copy_transposed<T>(height, depth, block, copy);
    for (int64_t j = 0; j < columns; j += kPanel<T>)
      tile<T>(height, depth, block, panels + j * panel_depth,
              {c + i * c_stride + j, c_stride, smaller(kPanel<T>, columns - j), accumulate});
  }
}

// Panels of B[k,n] = source[k * stride + n].
template <class T>
RLR_INLINE void pack(int64_t depth, int64_t columns, const T* source, int64_t stride, T* panels) {
  for (int64_t j = 0; j < columns; j += kPanel<T>) {
    const int64_t width = smaller(kPanel<T>, columns - j);
    for (int64_t k = 0; k < depth; ++k, panels += kPanel<T>) {
      const T* row = source + k * stride + j;
      if (width == kPanel<T>) {
        store<T>(panels, load<T>(row));
        store<T>(panels + kLanes<T>, load<T>(row + kLanes<T>));
      } else {
        for (int64_t n = 0; n < kPanel<T>; ++n) panels[n] = n < width ? row[n] : T(0);
      }
    }
  }
}

// Panels of B[k,n] = source[n * stride + k].
template <class T>
RLR_INLINE void pack_transposed(int64_t depth, int64_t columns, const T* source, int64_t stride,
                                T* panels) {
  for (int64_t j = 0; j < columns; j += kPanel<T>, panels += depth * kPanel<T>) {
    const int64_t width = smaller(kPanel<T>, columns - j);
    for (int64_t n = 0; n < kPanel<T>; ++n) {
      const T* column = source + (j + n) * stride;
      if (n < width)
        for (int64_t k = 0; k < depth; ++k) panels[k * kPanel<T> + n] = column[k];
      else
        for (int64_t k = 0; k < depth; ++k) panels[k * kPanel<T> + n] = T(0);
    }
  }
}

template <class T>
constexpr int64_t packed_size(int64_t depth, int64_t columns) {
  return (columns + kPanel<T> - 1) / kPanel<T> * kPanel<T> * depth;
}

}  // namespace rlreason::engine::RLR_ISA
