// Scrambled Sobol points are even: every dyadic interval of every dimension, and every elementary box of neighbours.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "sweeps/search/sobol.h"

namespace rlreason::sweep {
namespace {

TEST(Sobol, EveryDimensionStratifies) {
  for (uint64_t seed : {0u, 1u, 99u})
    for (size_t d = 0; d < kSobolDimensions; ++d) {
      std::set<int> cells;
      for (uint64_t i = 0; i < 64; ++i)
        cells.insert(static_cast<int>(sobol_point(seed, i, d + 1)[d] * 64));
      EXPECT_EQ(cells.size(), 64u) << "dimension " << d << " seed " << seed;
    }
}

// The first two dimensions are a (0, m, 2)-net: one point in every elementary box.
TEST(Sobol, TheFirstTwoDimensionsAreANet) {
  for (int a = 0; a <= 6; ++a) {
    std::set<std::pair<int, int>> boxes;
    for (uint64_t i = 0; i < 64; ++i) {
      const auto p = sobol_point(5, i, 2);
      boxes.emplace(static_cast<int>(p[0] * (1 << a)), static_cast<int>(p[1] * (1 << (6 - a))));
    }
    EXPECT_EQ(boxes.size(), 64u) << a;
  }
}

// A smooth integral over six dimensions is nearer than independent draws would be.
TEST(Sobol, IntegratesAProduct) {
  double worst = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    double sum = 0;
    for (uint64_t i = 0; i < 256; ++i) {
      double product = 1;
      for (double x : sobol_point(seed, i, 6)) product *= 1 + 0.5 * (x - 0.5);
      sum += product;
    }
    worst = std::max(worst, std::abs(sum / 256 - 1));
  }
  EXPECT_LT(worst, 0.006);  // independent draws: standard error 0.023
}

TEST(Sobol, SeedsDifferAndTooManyDimensionsAreRefused) {
  EXPECT_NE(sobol_point(0, 3, 4), sobol_point(1, 3, 4));
  EXPECT_EQ(sobol_point(2, 3, 4), sobol_point(2, 3, 4));
  EXPECT_THROW(sobol_point(0, 0, kSobolDimensions + 1), UserError);
}

}  // namespace
}  // namespace rlreason::sweep
