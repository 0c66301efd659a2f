#include "core/engine/kernels/cpu_kernels.h"

namespace rlreason::engine::RLR_ISA {
namespace {

template <class T>
RLR_INLINE T square_mean(const T* x, int64_t width) {
  Vec<T> total{};
  int64_t i = 0;
  for (; i + kLanes<T> <= width; i += kLanes<T>) total += load<T>(x + i) * load<T>(x + i);
  if (i < width) {
    const Vec<T> v = load_first<T>(x + i, static_cast<int>(width - i));
    total += v * v;
  }
  return sum<T>(total) / static_cast<T>(width);
}

// Calls f(offset, lanes) over a vector of `width` elements.
template <class T, class F>
RLR_INLINE void over(int64_t width, F f) {
  int64_t i = 0;
  for (; i + kLanes<T> <= width; i += kLanes<T>) f(i, kLanes<T>);
  if (i < width) f(i, static_cast<int>(width - i));
}
template <class T>
RLR_INLINE Vec<T> get(const T* p, int n) {
  return n == kLanes<T> ? load<T>(p) : load_first<T>(p, n);
}
template <class T>
RLR_INLINE void put(T* p, const Vec<T>& v, int n) {
  n == kLanes<T> ? store<T>(p, v) : store_first<T>(p, v, n);
}

}  // namespace

template <class T>
void rms_norm_forward(const NormRows& s, const T* x, const T* gain, T* y, T* rstd) {
  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t g = 0; g < s.groups; ++g) {
      const T* from = x + r * s.x_stride + g * s.width;
      T* to = y + r * s.y_stride + g * s.width;
      const T scale = 1 / sqrt(square_mean<T>(from, s.width) + static_cast<T>(s.eps));
      if (rstd != nullptr) rstd[r * s.groups + g] = scale;
      over<T>(s.width, [&](int64_t i, int n) {
        put<T>(to + i, get<T>(from + i, n) * scale * get<T>(gain + i, n), n);
      });
    }
}

// With h = x rstd and e = dy gain:  dx = rstd (e - h mean(e h)),  dgain += dy h.
template <class T>
void rms_norm_backward(const NormRows& s, const T* x, const T* gain, const T* rstd, const T* dy,
                       T* dx, T* dgain, bool accumulate) {
  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t g = 0; g < s.groups; ++g) {
      const T* from = x + r * s.x_stride + g * s.width;
      const T* grad = dy + r * s.y_stride + g * s.width;
      T* to = dx + r * s.x_stride + g * s.width;
      const T scale = rstd[r * s.groups + g];
      Vec<T> total{};
      over<T>(s.width, [&](int64_t i, int n) {
        const Vec<T> h = get<T>(from + i, n) * scale, d = get<T>(grad + i, n);
        total += d * get<T>(gain + i, n) * h;
        put<T>(dgain + i, get<T>(dgain + i, n) + d * h, n);
      });
      const T mean = sum<T>(total) / static_cast<T>(s.width);
      over<T>(s.width, [&](int64_t i, int n) {
        const Vec<T> h = get<T>(from + i, n) * scale;
        const Vec<T> d = (get<T>(grad + i, n) * get<T>(gain + i, n) - h * mean) * scale;
        put<T>(to + i, accumulate ? get<T>(to + i, n) + d : d, n);
      });
    }
}

#define RLR_INSTANTIATE(T)                                                                        \
  template void rms_norm_forward<T>(const NormRows&, const T*, const T*, T*, T*);                 \
  template void rms_norm_backward<T>(const NormRows&, const T*, const T*, const T*, const T*, T*, \
                                     T*, bool);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine::RLR_ISA
