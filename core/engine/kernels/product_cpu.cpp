// Blocked matrix product on the register tile: depth in blocks of kDepth, columns so that a packed block stays in the L2 cache.
#include "core/engine/kernels/cpu_kernels.h"
#include "core/engine/kernels/tile.h"

namespace rlreason::engine::RLR_ISA {
namespace {

// Fixed, as is kTransposedDepth, so that the order of one element's sum depends on its depth alone.
constexpr int64_t kDepth = 1024;

template <class T>
void product_of_depth(const Product<T>& p, int64_t k, int64_t depth) {
  const bool accumulate = p.accumulate || k > 0;
  const Operand<T> a{p.a + k * p.a_k_stride, p.a_row_stride, p.a_k_stride};
  if (p.panels != nullptr) {
    const T* panels = p.panels + packed_size<T>(k, p.columns);
    return multiply<T>(p.rows, p.columns, depth, a, panels, depth, p.c, p.c_stride, accumulate);
  }
  const int64_t block = kProductScratch<T> / depth / kPanel<T> * kPanel<T>;
  for (int64_t j = 0; j < p.columns; j += block) {
    const int64_t columns = smaller(block, p.columns - j);
    if (p.b_transposed)
      pack_transposed<T>(depth, columns, p.b + j * p.b_stride + k, p.b_stride, p.scratch);
    else
      engine::RLR_ISA::pack<T>(depth, columns, p.b + k * p.b_stride + j, p.b_stride, p.scratch);
    multiply<T>(p.rows, columns, depth, a, p.scratch, depth, p.c + j, p.c_stride, accumulate);
  }
}

}  // namespace

template <class T>
int64_t packed_elements(int64_t depth, int64_t columns) {
  return packed_size<T>(depth, columns);
}

template <class T>
void pack_weight(int64_t depth, int64_t columns, const T* b_transposed, int64_t stride, T* panels) {
  for (int64_t k = 0; k < depth; k += kDepth)
    pack_transposed<T>(smaller(kDepth, depth - k), columns, b_transposed + k, stride,
                       panels + packed_size<T>(k, columns));
}

template <class T>
void product(const Product<T>& p) {
  const int64_t step = p.a_k_stride == 1 ? kDepth : kTransposedDepth;
  for (int64_t k = 0; k < p.depth; k += step) product_of_depth(p, k, smaller(step, p.depth - k));
}

#define RLR_INSTANTIATE(T)                                               \
  template int64_t packed_elements<T>(int64_t, int64_t);                 \
  template void pack_weight<T>(int64_t, int64_t, const T*, int64_t, T*); \
  template void product<T>(const Product<T>&);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine::RLR_ISA
