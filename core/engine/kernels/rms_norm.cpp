#include "core/engine/kernels/rms_norm.h"

#include <vector>

#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine {
namespace {

constexpr int64_t kRowGrain = 64;

NormRows rows_of(const RmsNormShape& s, int64_t rows) {
  return {rows, s.groups, s.width, s.x_stride, s.y_stride, s.eps};
}

}  // namespace

template <class T>
void rms_norm_forward(const RmsNormShape& s, const T* x, const T* gain, T* y, T* rstd) {
  parallel_pieces(s.rows, 1, kRowGrain, [&](int64_t begin, int64_t end) {
    kernels<T>().rms_norm_forward(rows_of(s, end - begin), x + begin * s.x_stride, gain,
                                  y + begin * s.y_stride,
                                  rstd == nullptr ? nullptr : rstd + begin * s.groups);
  });
}

// The gain's gradient is summed in blocks of a fixed number of rows, then over the blocks in order: no thread count in it.
template <class T>
void rms_norm_backward(const RmsNormShape& s, const T* x, const T* gain, const T* rstd, const T* dy,
                       T* dx, T* dgain, bool accumulate) {
  const int64_t blocks = (s.rows + kRowGrain - 1) / kRowGrain;
  std::vector<T> partial(static_cast<size_t>(blocks * s.width));
  parallel_tasks(blocks, [&](int64_t b) {
    const int64_t begin = b * kRowGrain, rows = std::min(kRowGrain, s.rows - begin);
    kernels<T>().rms_norm_backward(
        rows_of(s, rows), x + begin * s.x_stride, gain, rstd + begin * s.groups,
        dy + begin * s.y_stride, dx + begin * s.x_stride, partial.data() + b * s.width, accumulate);
  });
  for (int64_t b = 0; b < blocks; ++b)
    kernels<T>().add(s.width, partial.data() + b * s.width, dgain);
}

#define RLR_INSTANTIATE(T)                                                                        \
  template void rms_norm_forward<T>(const RmsNormShape&, const T*, const T*, T*, T*);             \
  template void rms_norm_backward<T>(const RmsNormShape&, const T*, const T*, const T*, const T*, \
                                     T*, T*, bool);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine
