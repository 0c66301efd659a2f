// The kernels written to be read: loops in double over the definitions in the kernels' contracts.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/engine/kernels/attention.h"
#include "core/engine/kernels/isa.h"
#include "core/engine/kernels/linear.h"
#include "core/random.h"

namespace rlreason::engine::twins {

using Values = std::vector<double>;

inline Values random_values(uint64_t seed, int64_t count) {
  Sequence draws({.seed = seed, .purpose = Purpose::noise, .prompt = 3});
  Values values(static_cast<size_t>(count));
  for (double& value : values) value = draws.normal();
  return values;
}

template <class T>
std::vector<T> cast(const Values& values) {
  return {values.begin(), values.end()};
}

// Largest difference, relative to the largest magnitude expected.
template <class T>
double worst(const std::vector<T>& ours, const Values& expected) {
  double difference = 0, size = 1e-30;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(ours[i]) - expected[i]));
    size = std::max(size, std::abs(expected[i]));
  }
  return difference / size;
}

inline double& at(Values& m, int64_t columns, int64_t row, int64_t column) {
  return m[static_cast<size_t>(row * columns + column)];
}
inline double at(const Values& m, int64_t columns, int64_t row, int64_t column) {
  return m[static_cast<size_t>(row * columns + column)];
}

// y = x w^T
inline Values forward(const LinearShape& s, const Values& x, const Values& w) {
  Values y(static_cast<size_t>(s.rows * s.out));
  for (int64_t i = 0; i < s.rows; ++i)
    for (int64_t j = 0; j < s.out; ++j)
      for (int64_t k = 0; k < s.in; ++k)
        at(y, s.out, i, j) += at(x, s.in, i, k) * at(w, s.in, j, k);
  return y;
}
// dx = dy w
inline Values backward_input(const LinearShape& s, const Values& dy, const Values& w) {
  Values dx(static_cast<size_t>(s.rows * s.in));
  for (int64_t i = 0; i < s.rows; ++i)
    for (int64_t k = 0; k < s.in; ++k)
      for (int64_t j = 0; j < s.out; ++j)
        at(dx, s.in, i, k) += at(dy, s.out, i, j) * at(w, s.in, j, k);
  return dx;
}
// dw = dy^T x
inline Values backward_weight(const LinearShape& s, const Values& dy, const Values& x) {
  Values dw(static_cast<size_t>(s.out * s.in));
  for (int64_t j = 0; j < s.out; ++j)
    for (int64_t k = 0; k < s.in; ++k)
      for (int64_t i = 0; i < s.rows; ++i)
        at(dw, s.in, j, k) += at(dy, s.out, i, j) * at(x, s.in, i, k);
  return dw;
}

inline std::vector<int32_t> visible(const Layout& layout, int32_t segment, int32_t token) {
  std::vector<int32_t> keys;
  const Segment& own = layout.segments[static_cast<size_t>(segment)];
  if (own.parent >= 0)
    keys = visible(layout, own.parent, layout.segments[static_cast<size_t>(own.parent)].end - 1);
  for (int32_t t = own.begin; t <= token; ++t) keys.push_back(t);
  return keys;
}

struct AttentionResult {
  Values out, lse, dqkv;
};

// Forward, and the gradient of sum(out * dout).
inline AttentionResult attention(const AttentionShape& s, const Layout& layout, const Values& qkv,
                                 const Values& dout) {
  const int64_t tokens = layout.size(), hd = s.head_dim, width = s.heads * hd, row = s.row();
  AttentionResult r{Values(static_cast<size_t>(tokens * width)),
                    Values(static_cast<size_t>(tokens * s.heads)),
                    Values(static_cast<size_t>(tokens * row))};
  for (int32_t segment = 0; segment < static_cast<int32_t>(layout.segments.size()); ++segment) {
    const Segment& own = layout.segments[static_cast<size_t>(segment)];
    for (int32_t t = own.begin; t < own.end; ++t)
      for (int64_t h = 0; h < s.heads; ++h) {
        const int64_t q = h * hd, k = (s.heads + h / (s.heads / s.kv_heads)) * hd,
                      v = k + s.kv_heads * hd;
        const auto keys = visible(layout, segment, t);
        Values p;
        double total = 0, delta = 0;
        for (const int32_t key : keys) {
          double score = 0;
          for (int64_t d = 0; d < hd; ++d)
            score += at(qkv, row, t, q + d) * at(qkv, row, key, k + d);
          p.push_back(std::exp(score * s.scale));
          total += p.back();
        }
        at(r.lse, s.heads, t, h) = std::log(total);
        Values dp(keys.size());
        for (size_t i = 0; i < keys.size(); ++i) {
          p[i] /= total;
          for (int64_t d = 0; d < hd; ++d) {
            at(r.out, width, t, q + d) += p[i] * at(qkv, row, keys[i], v + d);
            dp[i] += at(dout, width, t, q + d) * at(qkv, row, keys[i], v + d);
            at(r.dqkv, row, keys[i], v + d) += p[i] * at(dout, width, t, q + d);
          }
          delta += p[i] * dp[i];
        }
        for (size_t i = 0; i < keys.size(); ++i)
          for (int64_t d = 0; d < hd; ++d) {
            const double ds = p[i] * (dp[i] - delta) * s.scale;
            at(r.dqkv, row, t, q + d) += ds * at(qkv, row, keys[i], k + d);
            at(r.dqkv, row, keys[i], k + d) += ds * at(qkv, row, t, q + d);
          }
      }
  }
  return r;
}

// Every instruction set of this machine, and the machine's own restored at the end.
class EachIsa {
 public:
  template <class F>
  explicit EachIsa(F f) {
    for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
      if (isa > machine_isa()) continue;
      set_active_isa(isa);
      f(isa);
    }
    set_active_isa(machine_isa());
  }
};

}  // namespace rlreason::engine::twins
