// Rotary embedding, SwiGLU, AdamW and sums over flat buffers.
#include "core/engine/kernels/cpu_kernels.h"

namespace rlreason::engine::RLR_ISA {

template <class T>
void rope(int64_t rows, int64_t heads, int64_t half, int64_t stride, const T* cosines,
          const T* sines, const int32_t* positions, T* x, T direction) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* c = cosines + positions[r] * half;
    const T* s = sines + positions[r] * half;
    for (int64_t h = 0; h < heads; ++h) {
      T* low = x + r * stride + h * 2 * half;
      T* high = low + half;
      int64_t i = 0;
      for (; i + kLanes<T> <= half; i += kLanes<T>) {
        const Vec<T> a = load<T>(low + i), b = load<T>(high + i), cosine = load<T>(c + i),
                     sine = load<T>(s + i) * direction;
        store<T>(low + i, a * cosine - b * sine);
        store<T>(high + i, b * cosine + a * sine);
      }
      if (i == half) continue;
      const int n = static_cast<int>(half - i);
      const Vec<T> a = load_first<T>(low + i, n), b = load_first<T>(high + i, n),
                   cosine = load_first<T>(c + i, n), sine = load_first<T>(s + i, n) * direction;
      store_first<T>(low + i, a * cosine - b * sine, n);
      store_first<T>(high + i, b * cosine + a * sine, n);
    }
  }
}

template <class T>
void swiglu_forward(int64_t rows, int64_t inner, const T* gate_up, T* y) {
  for (int64_t r = 0; r < rows; ++r, gate_up += 2 * inner, y += inner) {
    const T* up = gate_up + inner;
    for (int64_t i = 0; i < inner; i += kLanes<T>) {
      const int n = static_cast<int>(smaller(kLanes<T>, inner - i));
      const Vec<T> g = n == kLanes<T> ? load<T>(gate_up + i) : load_first<T>(gate_up + i, n);
      const Vec<T> u = n == kLanes<T> ? load<T>(up + i) : load_first<T>(up + i, n);
      const Vec<T> v = g / (1 + exp<T>(-g)) * u;
      n == kLanes<T> ? store<T>(y + i, v) : store_first<T>(y + i, v, n);
    }
  }
}

// silu'(g) = s (1 + g (1 - s)) with s the sigmoid.
template <class T>
void swiglu_backward(int64_t rows, int64_t inner, const T* gate_up, const T* dy, T* dgate_up,
                     T* y) {
  for (int64_t r = 0; r < rows;
       ++r, gate_up += 2 * inner, dgate_up += 2 * inner, dy += inner, y += inner) {
    for (int64_t i = 0; i < inner; i += kLanes<T>) {
      const int n = static_cast<int>(smaller(kLanes<T>, inner - i));
      const bool whole = n == kLanes<T>;
      const Vec<T> g = whole ? load<T>(gate_up + i) : load_first<T>(gate_up + i, n);
      const Vec<T> u = whole ? load<T>(gate_up + inner + i) : load_first<T>(gate_up + inner + i, n);
      const Vec<T> d = whole ? load<T>(dy + i) : load_first<T>(dy + i, n);
      const Vec<T> s = 1 / (1 + exp<T>(-g));
      const Vec<T> silu = g * s, dg = d * u * (s + silu * (1 - s)), du = d * silu;
      whole ? store<T>(y + i, silu * u) : store_first<T>(y + i, silu * u, n);
      whole ? store<T>(dgate_up + i, dg) : store_first<T>(dgate_up + i, dg, n);
      whole ? store<T>(dgate_up + inner + i, du) : store_first<T>(dgate_up + inner + i, du, n);
    }
  }
}

template <class T>
void adamw(const AdamWStep& step, int64_t count, const T* gradient, T* first, T* second,
           T* weight) {
  const T scale = static_cast<T>(step.scale), beta1 = static_cast<T>(step.beta1),
          beta2 = static_cast<T>(step.beta2);
  const T rest1 = static_cast<T>(1 - step.beta1), rest2 = static_cast<T>(1 - step.beta2),
          eps = static_cast<T>(step.eps);
  const T size = static_cast<T>(step.lr / step.correction1),
          decay = static_cast<T>(step.decay_factor);
  const T root = static_cast<T>(1 / __builtin_sqrt(step.correction2));
  for (int64_t i = 0; i < count; ++i) {
    const T g = gradient[i] * scale;
    const T m = beta1 * first[i] + rest1 * g, v = beta2 * second[i] + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    weight[i] = weight[i] * decay - size * m / (sqrt(v) * root + eps);
  }
}

template <class T>
double square_sum(int64_t count, const T* x) {
  double lanes[16] = {};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; ++j)
      lanes[j] += static_cast<double>(x[i + j]) * static_cast<double>(x[i + j]);
  for (; i < count; ++i) lanes[i % 16] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  double total = 0;
  for (const double lane : lanes) total += lane;
  return total;
}

template <class T>
void add(int64_t count, const T* x, T* y) {
  for (int64_t i = 0; i < count; ++i) y[i] += x[i];
}

#define RLR_INSTANTIATE(T)                                                                      \
  template void rope<T>(int64_t, int64_t, int64_t, int64_t, const T*, const T*, const int32_t*, \
                        T*, T);                                                                 \
  template void swiglu_forward<T>(int64_t, int64_t, const T*, T*);                              \
  template void swiglu_backward<T>(int64_t, int64_t, const T*, const T*, T*, T*);               \
  template void adamw<T>(const AdamWStep&, int64_t, const T*, T*, T*, T*);                      \
  template double square_sum<T>(int64_t, const T*);                                             \
  template void add<T>(int64_t, const T*, T*);
RLR_INSTANTIATE(float)
RLR_INSTANTIATE(double)

}  // namespace rlreason::engine::RLR_ISA
