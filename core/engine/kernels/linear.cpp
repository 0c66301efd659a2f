#include "core/engine/kernels/linear.h"

#include <algorithm>

#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine {
namespace {

// Rows and columns of the tile grid a thread's piece begins at: a multiple of every instruction set's tile.
constexpr int64_t kRowUnit = 42, kColumnUnit = 32;
constexpr double kSmallestWork =
    1 << 19;  // multiply-adds below which a second thread costs more than it saves

struct PackedB;

template <class T>
void run_piece(Product<T> p) {
  if (p.panels == nullptr) p.scratch = thread_scratch<T, PackedB>(kernels<T>().product_scratch);
  kernels<T>().product(p);
}

// Splits the rows of C, or its columns when there are few rows.
template <class T>
void run(const Product<T>& p) {
  const double work =
      static_cast<double>(p.rows) * static_cast<double>(p.columns) * static_cast<double>(p.depth);
  if (work < kSmallestWork) return run_piece(p);
  const bool by_columns = p.panels == nullptr && p.rows < 4 * kRowUnit && p.columns > p.rows;
  const int64_t unit = by_columns ? kColumnUnit : kRowUnit;
  parallel_pieces(by_columns ? p.columns : p.rows, unit, unit, [&](int64_t begin, int64_t end) {
    Product<T> piece = p;
    if (by_columns) {
      piece.columns = end - begin;
      piece.b += p.b_transposed ? begin * p.b_stride : begin;
      piece.c += begin;
    } else {
      piece.rows = end - begin;
      piece.a += begin * p.a_row_stride;
      piece.c += begin * p.c_stride;
    }
    run_piece(piece);
  });
}

template <class T>
void fill_bias(int64_t rows, int64_t out, const T* bias, T* y, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r)
    if (accumulate)
      kernels<T>().add(out, bias, y + r * out);
    else
      std::copy_n(bias, out, y + r * out);
}

}  // namespace

template <class T>
void PackedWeight<T>::Free::operator()(T* pointer) const {
  std::free(pointer);
}

template <class T>
void PackedWeight<T>::pack(const T* weight, int64_t out, int64_t in) {
  const int64_t elements = kernels<T>().packed_size(in, out);
  if (elements > capacity_) {
    panels_.reset(static_cast<T*>(
        std::aligned_alloc(64, static_cast<size_t>(elements) * sizeof(T) / 64 * 64 + 64)));
    RLR_ENSURE(panels_ != nullptr, "{} elements of packed weights", elements);
    capacity_ = elements;
  }
  out_ = out;
  in_ = in;
  kernels<T>().pack(in, out, weight, in, panels_.get());
}

template <class T>
void linear_forward(const LinearShape& s, const T* x, const T* weight, const T* bias, T* y,
                    bool accumulate) {
  if (bias != nullptr) fill_bias(s.rows, s.out, bias, y, accumulate);
  run(Product<T>{.rows = s.rows,
                 .columns = s.out,
                 .depth = s.in,
                 .a = x,
                 .a_row_stride = s.in,
                 .b = weight,
                 .b_stride = s.in,
                 .b_transposed = true,
                 .c = y,
                 .c_stride = s.out,
                 .accumulate = accumulate || bias != nullptr});
}

template <class T>
void linear_forward(int64_t rows, const T* x, const PackedWeight<T>& weight, const T* bias, T* y,
                    bool accumulate) {
  if (bias != nullptr) fill_bias(rows, weight.out(), bias, y, accumulate);
  run(Product<T>{.rows = rows,
                 .columns = weight.out(),
                 .depth = weight.in(),
                 .a = x,
                 .a_row_stride = weight.in(),
                 .panels = weight.panels(),
                 .c = y,
                 .c_stride = weight.out(),
                 .accumulate = accumulate || bias != nullptr});
}

template <class T>
void linear_backward_input(const LinearShape& s, const T* dy, const T* weight, T* dx,
                           bool accumulate) {
  run(Product<T>{.rows = s.rows,
                 .columns = s.in,
                 .depth = s.out,
                 .a = dy,
                 .a_row_stride = s.out,
                 .b = weight,
                 .b_stride = s.in,
                 .c = dx,
                 .c_stride = s.in,
                 .accumulate = accumulate});
}

template <class T>
void linear_backward_weight(const LinearShape& s, const T* dy, const T* x, T* dweight) {
  run(Product<T>{.rows = s.out,
                 .columns = s.in,
                 .depth = s.rows,
                 .a = dy,
                 .a_row_stride = 1,
                 .a_k_stride = s.out,
                 .b = x,
                 .b_stride = s.in,
                 .c = dweight,
                 .c_stride = s.in,
                 .accumulate = true});
}

template <class T>
void linear_backward_bias(const LinearShape& s, const T* dy, T* dbias) {
  for (int64_t r = 0; r < s.rows; ++r) kernels<T>().add(s.out, dy + r * s.out, dbias);
}

#define RLR_INSTANTIATE(T)                                                                        \
  template class PackedWeight<T>;                                                                 \
  template void linear_forward<T>(const LinearShape&, const T*, const T*, const T*, T*, bool);    \
  template void linear_forward<T>(int64_t, const T*, const PackedWeight<T>&, const T*, T*, bool); \
  template void linear_backward_input<T>(const LinearShape&, const T*, const T*, T*, bool);       \
  template void linear_backward_weight<T>(const LinearShape&, const T*, const T*, T*);            \
  template void linear_backward_bias<T>(const LinearShape&, const T*, T*);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine
