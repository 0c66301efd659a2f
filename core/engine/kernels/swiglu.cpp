#include "core/engine/kernels/swiglu.h"

#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine {

template <class T>
void swiglu_forward(int64_t rows, int64_t inner, const T* gate_up, T* y) {
  parallel_pieces(rows, 1, 32, [&](int64_t begin, int64_t end) {
    kernels<T>().swiglu_forward(end - begin, inner, gate_up + begin * 2 * inner, y + begin * inner);
  });
}

template <class T>
void swiglu_backward(int64_t rows, int64_t inner, const T* gate_up, const T* dy, T* dgate_up,
                     T* y) {
  parallel_pieces(rows, 1, 32, [&](int64_t begin, int64_t end) {
    kernels<T>().swiglu_backward(end - begin, inner, gate_up + begin * 2 * inner,
                                 dy + begin * inner, dgate_up + begin * 2 * inner,
                                 y + begin * inner);
  });
}

#define RLR_INSTANTIATE(T)                                         \
  template void swiglu_forward<T>(int64_t, int64_t, const T*, T*); \
  template void swiglu_backward<T>(int64_t, int64_t, const T*, const T*, T*, T*);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine
