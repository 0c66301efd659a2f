// Vectors of the instruction set a file is compiled for; included by `*_cpu.cpp` and their inner headers only.
//
// GCC vector extensions: one source for SSE4.2, AVX2 and AVX-512, for float and double.  RLR_ISA names the namespace of the
// compiled copy; everything here and in the kernels lives in it, so that no copy's code can be linked in place of another's.
// For the same reason kernels use no std templates or functions: only builtins and what is defined here.
#pragma once

#ifndef RLR_ISA
#error "RLR_ISA is set by core/engine/kernels/kernels.cmake"
#endif

#include <stdint.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define RLR_INLINE inline __attribute__((always_inline))

namespace rlreason::engine::RLR_ISA {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <class T>
struct Simd;
template <>
struct Simd<float> {
  typedef float type __attribute__((vector_size(kVectorBytes)));
  typedef int32_t bits __attribute__((vector_size(kVectorBytes)));
  typedef int32_t integer;
};
template <>
struct Simd<double> {
  typedef double type __attribute__((vector_size(kVectorBytes)));
  typedef int64_t bits __attribute__((vector_size(kVectorBytes)));
  typedef int64_t integer;
};

template <class T>
using Vec = typename Simd<T>::type;
template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

template <class T>
RLR_INLINE Vec<T> load(const T* p) {
  Vec<T> v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}
template <class T>
RLR_INLINE void store(T* p, const Vec<T>& v) {
  __builtin_memcpy(p, &v, sizeof(v));
}
template <class T>
RLR_INLINE Vec<T> splat(T x) {
  return x - Vec<T>{};
}

// The first n of a vector's lanes, 0 <= n <= lanes; the others are zero and memory beyond is not touched.
template <class T>
RLR_INLINE Vec<T> load_first(const T* p, int n) {
  Vec<T> v{};
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
}
template <class T>
RLR_INLINE void store_first(T* p, const Vec<T>& v, int n) {
  for (int i = 0; i < n; ++i) p[i] = v[i];
}
#ifdef __AVX512F__
template <>
RLR_INLINE Vec<float> load_first<float>(const float* p, int n) {
  return (Vec<float>)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), p);
}
template <>
RLR_INLINE Vec<double> load_first<double>(const double* p, int n) {
  return (Vec<double>)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1u), p);
}
template <>
RLR_INLINE void store_first<float>(float* p, const Vec<float>& v, int n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1u), (__m512)v);
}
template <>
RLR_INLINE void store_first<double>(double* p, const Vec<double>& v, int n) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << n) - 1u), (__m512d)v);
}
#endif

// Sum over lanes in a fixed order: halves are folded until one is left.
template <class T>
RLR_INLINE T sum(const Vec<T>& v) {
  T lanes[kLanes<T>];
  __builtin_memcpy(lanes, &v, sizeof(v));
  for (int width = kLanes<T> / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  return lanes[0];
}
// NaN wins over every number.
template <class T>
RLR_INLINE Vec<T> larger(const Vec<T>& a, const Vec<T>& b) {
  return (a > b || a != a) ? a : b;
}
template <class T>
RLR_INLINE T largest(const Vec<T>& v) {
  T best = v[0];
  for (int i = 1; i < kLanes<T>; ++i) best = (best > v[i] || best != best) ? best : v[i];
  return best;
}

template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  static constexpr float kMin = -87.0f, kMax = 88.0f, kLog2e = 1.44269504f, kLn2High = 0.693359375f,
                         kLn2Low = -2.12194440e-4f;
  static constexpr float kRound =
      12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  static constexpr int kMantissa = 23, kDegree = 7;
};
template <>
struct ExpConstants<double> {
  static constexpr double kMin = -708.0, kMax = 709.0, kLog2e = 1.4426950408889634,
                          kLn2High = 0.693147180369123816490, kLn2Low = 1.90821492927058770002e-10;
  static constexpr double kRound = 6755399441055744.0;
  static constexpr int kMantissa = 52, kDegree = 13;
};

// exp(x) = 2^n e^r, |r| <= ln2 / 2, e^r by its Taylor polynomial: relative error <= 1.5e-7 (float), 1e-15 (double).
// Saturates outside [kMin, kMax]; NaN stays NaN.
template <class T>
RLR_INLINE Vec<T> exp(Vec<T> x) {
  using C = ExpConstants<T>;
  using Bits = typename Simd<T>::bits;
  x = x < splat<T>(C::kMin) ? splat<T>(C::kMin) : x;
  x = x > splat<T>(C::kMax) ? splat<T>(C::kMax) : x;
  const Vec<T> shifted = x * C::kLog2e + C::kRound;
  const Vec<T> n = shifted - C::kRound;
  const Vec<T> r = (x - n * C::kLn2High) - n * C::kLn2Low;
  T factorial = 1;
  for (int i = 2; i <= C::kDegree; ++i) factorial *= static_cast<T>(i);
  Vec<T> sum_of_terms = splat<T>(1 / factorial);
#pragma GCC unroll 16
  for (int i = C::kDegree; i >= 1; --i) {
    factorial /= static_cast<T>(i);
    sum_of_terms = sum_of_terms * r + 1 / factorial;
  }
  Bits exponent;
  __builtin_memcpy(&exponent, &shifted, sizeof(exponent));
  Bits result;
  __builtin_memcpy(&result, &sum_of_terms, sizeof(result));
  const Bits scaled = result + (exponent << C::kMantissa);
  Vec<T> value;
  __builtin_memcpy(&value, &scaled, sizeof(value));
  return x != x ? x : value;
}

RLR_INLINE float log(float x) { return __builtin_logf(x); }
RLR_INLINE double log(double x) { return __builtin_log(x); }
RLR_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }
RLR_INLINE double sqrt(double x) { return __builtin_sqrt(x); }
RLR_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

}  // namespace rlreason::engine::RLR_ISA
