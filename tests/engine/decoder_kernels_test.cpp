// Matrix products, norms, SwiGLU and the rotary embedding against their definitions, for every instruction set.
#include <gtest/gtest.h>

#include <cmath>

#include "core/engine/kernels/linear.h"
#include "core/engine/kernels/rms_norm.h"
#include "core/engine/kernels/rope.h"
#include "core/engine/kernels/swiglu.h"
#include "tests/support/kernel_twins.h"

namespace rlreason::engine {
namespace {

using twins::cast;
using twins::EachIsa;
using twins::random_values;
using twins::Values;
using twins::worst;

template <class T>
constexpr double kTolerance = sizeof(T) == 8 ? 1e-13 : 2e-6;

template <class T>
void check_linear(const LinearShape& s) {
  const Values x = random_values(1, s.rows * s.in), w = random_values(2, s.out * s.in),
               dy = random_values(3, s.rows * s.out);
  const auto tx = cast<T>(x), tw = cast<T>(w), tdy = cast<T>(dy);
  const Values y = twins::forward(s, x, w), dx = twins::backward_input(s, dy, w),
               dw = twins::backward_weight(s, dy, x);
  EachIsa([&](Isa isa) {
    std::vector<T> ours(y.size(), T(9));
    linear_forward<T>(s, tx.data(), tw.data(), nullptr, ours.data());
    EXPECT_LE(worst(ours, y), kTolerance<T>) << to_string(isa);
    PackedWeight<T> packed;
    packed.pack(tw.data(), s.out, s.in);
    std::vector<T> again(y.size());
    linear_forward<T>(s.rows, tx.data(), packed, nullptr, again.data());
    EXPECT_EQ(ours, again);
    std::vector<T> last(
        static_cast<size_t>(s.out));  // one row alone has the bits of the row in the batch
    linear_forward<T>({1, s.in, s.out}, tx.data() + (s.rows - 1) * s.in, tw.data(), nullptr,
                      last.data());
    EXPECT_EQ(last, std::vector<T>(ours.end() - s.out, ours.end()));
    ours.assign(dx.size(), T(0));
    linear_backward_input<T>(s, tdy.data(), tw.data(), ours.data(), true);
    EXPECT_LE(worst(ours, dx), kTolerance<T>) << to_string(isa);
    ours.assign(dw.size(), T(0));
    linear_backward_weight<T>(s, tdy.data(), tx.data(), ours.data());
    EXPECT_LE(worst(ours, dw), kTolerance<T>) << to_string(isa);
  });
}

TEST(LinearKernel, AgreesWithThreeLoopsAtOddShapes) {
  for (const LinearShape& s : {LinearShape{1, 1, 1}, LinearShape{3, 7, 5}, LinearShape{14, 32, 32},
                               LinearShape{29, 96, 65}, LinearShape{300, 33, 100},
                               LinearShape{17, 1500, 40}, LinearShape{5, 40, 1100}}) {
    SCOPED_TRACE(testing::Message() << s.rows << "x" << s.in << "x" << s.out);
    check_linear<float>(s);
    check_linear<double>(s);
  }
}

TEST(LinearKernel, BiasAndAccumulation) {
  const LinearShape s{6, 4, 10};
  const Values x = random_values(1, 24), w = random_values(2, 40), bias = random_values(4, 10);
  Values y = twins::forward(s, x, w), db(10);
  for (int64_t i = 0; i < 60; ++i)
    y[static_cast<size_t>(i)] += bias[static_cast<size_t>(i % 10)] + 2;
  for (int64_t i = 0; i < 60; ++i) db[static_cast<size_t>(i % 10)] += y[static_cast<size_t>(i)];
  std::vector<double> ours(60, 2.0), dbias(10);
  linear_forward<double>(s, x.data(), w.data(), bias.data(), ours.data(), true);
  EXPECT_LE(worst(ours, y), 1e-13);
  linear_backward_bias<double>(s, ours.data(), dbias.data());
  EXPECT_LE(worst(dbias, db), 1e-13);
}

TEST(RmsNormKernel, ForwardAndBackwardFollowTheFormula) {
  for (const int64_t width : {1, 10, 24, 64, 100}) {
    const RmsNormShape shape{3, 2, width, 2 * width + 3, 2 * width, 1e-3};
    const Values x = random_values(5, 3 * (2 * width + 3)), gain = random_values(6, width),
                 dy = random_values(7, 6 * width);
    Values y(dy.size()), dx(x.size()), dgain(gain.size());
    for (int64_t v = 0; v < 6; ++v) {
      const double* from = x.data() + v / 2 * (2 * width + 3) + v % 2 * width;
      double square = 0, product = 0;
      for (int64_t i = 0; i < width; ++i) square += from[i] * from[i];
      const double rstd = 1 / std::sqrt(square / static_cast<double>(width) + 1e-3);
      for (int64_t i = 0; i < width; ++i) {
        const auto n = static_cast<size_t>(i), o = static_cast<size_t>(v * width + i);
        y[o] = from[i] * rstd * gain[n];
        dgain[n] += dy[o] * from[i] * rstd;
        product += dy[o] * gain[n] * from[i];
      }
      for (int64_t i = 0; i < width; ++i)
        dx[static_cast<size_t>(from - x.data() + i)] =
            rstd * dy[static_cast<size_t>(v * width + i)] * gain[static_cast<size_t>(i)] -
            from[i] * product * rstd * rstd * rstd / static_cast<double>(width);
    }
    const auto tx = cast<float>(x), tgain = cast<float>(gain), tdy = cast<float>(dy);
    EachIsa([&](Isa isa) {
      std::vector<float> ours(y.size()), rstd(6), ours_dx(x.size()), ours_dgain(gain.size());
      rms_norm_forward<float>(shape, tx.data(), tgain.data(), ours.data(), rstd.data());
      EXPECT_LE(worst(ours, y), 1e-6) << to_string(isa) << " " << width;
      rms_norm_backward<float>(shape, tx.data(), tgain.data(), rstd.data(), tdy.data(),
                               ours_dx.data(), ours_dgain.data(), false);
      EXPECT_LE(worst(ours_dx, dx), 2e-6) << to_string(isa) << " " << width;
      EXPECT_LE(worst(ours_dgain, dgain), 5e-6) << to_string(isa) << " " << width;
    });
  }
}

TEST(SwigluKernel, ForwardAndSlope) {
  const int64_t rows = 4, inner = 21;
  Values gate_up = random_values(8, rows * 2 * inner);
  for (double& value : gate_up) value *= 6;
  const Values dy = random_values(9, rows * inner);
  const auto silu = [](double g) { return g / (1 + std::exp(-g)); };
  Values y(dy.size()), d(gate_up.size());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < inner; ++i) {
      const double g = twins::at(gate_up, 2 * inner, r, i),
                   u = twins::at(gate_up, 2 * inner, r, inner + i);
      const double slope = (silu(g + 1e-6) - silu(g - 1e-6)) / 2e-6,
                   up = twins::at(dy, inner, r, i);
      twins::at(y, inner, r, i) = silu(g) * u;
      twins::at(d, 2 * inner, r, i) = up * u * slope;
      twins::at(d, 2 * inner, r, inner + i) = up * silu(g);
    }
  EachIsa([&](Isa isa) {
    std::vector<double> ours(y.size()), in_place = gate_up, product = dy;
    swiglu_forward<double>(rows, inner, gate_up.data(), ours.data());
    EXPECT_LE(worst(ours, y), 1e-14) << to_string(isa);
    swiglu_backward<double>(rows, inner, in_place.data(), product.data(), in_place.data(),
                            product.data());
    EXPECT_LE(worst(product, y), 1e-14) << to_string(isa);
    EXPECT_LE(worst(in_place, d), 1e-8) << to_string(isa);
    const auto single = cast<float>(gate_up);
    std::vector<float> ours_single(y.size());
    swiglu_forward<float>(rows, inner, single.data(), ours_single.data());
    EXPECT_LE(worst(ours_single, y), 1e-6) << to_string(isa);
  });
}

TEST(SwigluKernel, ExtremesStayFiniteAndNanStaysNan) {
  EachIsa([](Isa isa) {
    const std::vector<float> gate_up = {-1000, 1000, -90, std::nanf(""), 1, 1, 1, 1};
    std::vector<float> y(4);
    swiglu_forward<float>(1, 4, gate_up.data(), y.data());
    EXPECT_NEAR(y[0], 0.0, 1e-30) << to_string(isa);
    EXPECT_FLOAT_EQ(y[1], 1000.0f);
    EXPECT_NEAR(y[2], 0.0, 1e-30);
    EXPECT_TRUE(std::isnan(y[3]));
  });
}

TEST(RopeKernel, TurnsPairsByPositionAndBack) {
  const int64_t rows = 3, heads = 2, hd = 10, stride = 25;
  const RopeTable<double> table(50, hd, 100.0);
  const std::vector<int32_t> positions = {0, 7, 49};
  const Values x = random_values(10, rows * stride);
  EachIsa([&](Isa isa) {
    std::vector<double> y = x;
    rope<double>({rows, heads, stride}, table, positions.data(), y.data());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t i = 0; i < hd / 2; ++i) {
          const double angle = positions[static_cast<size_t>(r)] *
                               std::pow(100.0, -2.0 * static_cast<double>(i) / hd);
          const auto a = static_cast<size_t>(r * stride + h * hd + i), b = a + hd / 2;
          EXPECT_NEAR(y[a], x[a] * std::cos(angle) - x[b] * std::sin(angle), 1e-14)
              << to_string(isa);
          EXPECT_NEAR(y[b], x[b] * std::cos(angle) + x[a] * std::sin(angle), 1e-14)
              << to_string(isa);
        }
    EXPECT_EQ(y[20], x[20]) << "beyond the heads";
    rope<double>({rows, heads, stride}, table, positions.data(), y.data(), true);
    EXPECT_LE(worst(y, x), 1e-14);
  });
}

}  // namespace
}  // namespace rlreason::engine
