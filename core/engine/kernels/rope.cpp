#include "core/engine/kernels/rope.h"

#include <cmath>

#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/table.h"

namespace rlreason::engine {

template <class T>
RopeTable<T>::RopeTable(int64_t max_positions, int64_t head_dim, double theta)
    : max_positions_(max_positions), half_(head_dim / 2) {
  cosines_.reserve(static_cast<size_t>(max_positions_ * half_));
  sines_.reserve(static_cast<size_t>(max_positions_ * half_));
  for (int64_t position = 0; position < max_positions_; ++position)
    for (int64_t i = 0; i < half_; ++i) {
      const double frequency =
          std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
      const double angle = static_cast<double>(position) * frequency;
      cosines_.push_back(static_cast<T>(std::cos(angle)));
      sines_.push_back(static_cast<T>(std::sin(angle)));
    }
}

template <class T>
void rope(const RopeShape& s, const RopeTable<T>& table, const int32_t* positions, T* x,
          bool inverse) {
  parallel_pieces(s.rows, 1, 64, [&](int64_t begin, int64_t end) {
    kernels<T>().rope(end - begin, s.heads, table.half(), s.stride, table.cosines(), table.sines(),
                      positions + begin, x + begin * s.stride, inverse ? T(-1) : T(1));
  });
}

#define RLR_INSTANTIATE(T)     \
  template class RopeTable<T>; \
  template void rope<T>(const RopeShape&, const RopeTable<T>&, const int32_t*, T*, bool);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine
