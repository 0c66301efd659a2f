// Intervals against closed forms, published tables and enumeration.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "evaluators/bootstrap.h"

namespace rlreason::eval {
namespace {

std::vector<ItemResults> items_of(const std::vector<std::vector<int>>& outcomes) {
  std::vector<ItemResults> items;
  for (const auto& row : outcomes) {
    ItemResults item{.id = std::to_string(items.size()), .group = {}, .samples = {}};
    for (const int right : row)
      item.samples.push_back({.outcome = right ? data::Outcome::right : data::Outcome::wrong});
    items.push_back(item);
  }
  return items;
}

TEST(Intervals, StudentQuantilesHaveClosedFormsForOneTwoAndFourDegrees) {
  for (const double p : {0.55, 0.75, 0.9, 0.975, 0.995, 0.9999, 0.999999}) {
    const double q = 2 * p - 1;
    EXPECT_NEAR(student_t_quantile(p, 1) / std::tan(std::numbers::pi * q / 2), 1, 1e-9) << p;
    EXPECT_NEAR(student_t_quantile(p, 2) / (q * std::sqrt(2 / (1 - q * q))), 1, 1e-9) << p;
    const double a = 4 * p * (1 - p);
    const double cosine = std::cos(std::acos(std::sqrt(a)) / 3) / std::sqrt(a);
    EXPECT_NEAR(student_t_quantile(p, 4) / (2 * std::sqrt(cosine - 1)), 1, 1e-9) << p;
    EXPECT_NEAR(student_t_quantile(1 - p, 4), -student_t_quantile(p, 4), 1e-6) << p;
  }
}

TEST(Intervals, StudentQuantilesMatchTheTable) {
  EXPECT_NEAR(student_t_quantile(0.975, 3), 3.182446305283708, 1e-9);
  EXPECT_NEAR(student_t_quantile(0.975, 5), 2.570581835636314, 1e-9);
  EXPECT_NEAR(student_t_quantile(0.975, 10), 2.228138851986273, 1e-9);
  EXPECT_NEAR(student_t_quantile(0.975, 30), 2.042272456301238, 1e-9);
  EXPECT_NEAR(student_t_quantile(0.975, 1e7), normal_quantile(0.975), 1e-6);
}

TEST(Intervals, NormalQuantileMatchesTheTable) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.995), 2.575829303548901, 1e-12);
  EXPECT_NEAR(normal_quantile(0.025), -1.959963984540054, 1e-12);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_THROW(normal_quantile(1.0), UserError);
}

TEST(Intervals, IncompleteBetaIsTheBinomialTailForIntegers) {
  for (int n = 1; n <= 12; ++n)
    for (int a = 1; a <= n; ++a)
      for (const double x : {0.01, 0.3, 0.5, 0.77, 0.99}) {
        double tail = 0, choose = 1;  // P(at least a of n)
        for (int j = 0; j <= n; ++j) {
          if (j >= a) tail += choose * std::pow(x, j) * std::pow(1 - x, n - j);
          choose = choose * (n - j) / (j + 1);
        }
        EXPECT_NEAR(incomplete_beta(a, n - a + 1, x), tail, 1e-12) << n << ' ' << a << ' ' << x;
      }
}

TEST(Intervals, CdfAndQuantileAreInverse) {
  for (const double degrees : {1.0, 2.5, 4.0, 29.0, 1000.0})
    for (const double p : {0.001, 0.2, 0.5, 0.8, 0.999})
      EXPECT_NEAR(student_t_cdf(student_t_quantile(p, degrees), degrees), p, 1e-12)
          << degrees << ' ' << p;
}

TEST(Intervals, WilsonMatchesKnownValues) {
  EXPECT_NEAR(wilson(0, 30).high, 0.1135, 5e-5);
  EXPECT_EQ(wilson(0, 30).low, 0);
  EXPECT_NEAR(wilson(15, 30).low, 0.3315, 5e-5);
  EXPECT_NEAR(wilson(15, 30).high, 0.6685, 5e-5);
  // Each bound p solves |share - p| = z sqrt(p (1 - p)/n).
  const auto interval = wilson(7, 50, 0.9);
  for (const double p : {interval.low, interval.high})
    EXPECT_NEAR(std::abs(7.0 / 50 - p), normal_quantile(0.95) * std::sqrt(p * (1 - p) / 50), 1e-12);
  EXPECT_THROW(wilson(3, 2), UserError);
}

TEST(Intervals, ClusteredErrorIsThatOfItemMeans) {
  const auto items = items_of({{1, 1, 0, 0}, {1, 1, 1, 1}, {0, 0, 0, 0}, {1, 0, 0, 0}});
  // Means 1/2, 1, 0, 1/4: mean 7/16, squares of deviations sum to 35/64.
  EXPECT_NEAR(clustered_standard_error(items), std::sqrt(35.0 / 64 / 3 / 4), 1e-12);
  const auto interval = mean_interval(items);
  EXPECT_NEAR(interval.value, 7.0 / 16, 1e-12);
  EXPECT_EQ(interval.low, 0.0);
  EXPECT_EQ(interval.high, 1.0);
  // Repeating every sample adds no information.
  const auto twice = items_of({{1, 1, 0, 0, 1, 1, 0, 0},
                               {1, 1, 1, 1, 1, 1, 1, 1},
                               {0, 0, 0, 0, 0, 0, 0, 0},
                               {1, 0, 0, 0, 1, 0, 0, 0}});
  EXPECT_NEAR(clustered_standard_error(twice), clustered_standard_error(items), 1e-12);
}

TEST(Intervals, AgreementAndSingleSamplesFallBackToWilson) {
  EXPECT_NEAR(mean_interval(items_of({{1}, {0}, {1}})).high, wilson(2, 3).high, 1e-12);
  const auto perfect = mean_interval(items_of({{1, 1}, {1, 1}, {1, 1}}));
  EXPECT_EQ(perfect.value, 1.0);
  EXPECT_NEAR(perfect.low, wilson(3, 3).low, 1e-12);
  EXPECT_LT(perfect.low, 0.5);
}

TEST(Intervals, PairedDifferenceIgnoresWhatPairsShare) {
  const auto interval = paired_difference({10.1, 20.2, 30.3}, {10, 20, 30});
  EXPECT_NEAR(interval.value, 0.2, 1e-9);
  EXPECT_NEAR(interval.standard_error, 0.1 / std::sqrt(3), 1e-9);
  EXPECT_NEAR(interval.high - interval.value, 4.302652729749464 * 0.1 / std::sqrt(3), 1e-9);
  EXPECT_THROW(paired_difference({1}, {}), UserError);
  const auto one = paired_difference({0.5}, {0.25});
  EXPECT_EQ(one.value, 0.25);
  EXPECT_TRUE(std::isinf(one.low) && std::isinf(one.high));
}

TEST(Intervals, BootstrapOfTwoItemsIsEnumerable) {
  // Means 0, 1/2, 1 with chances 1/4, 1/2, 1/4: the standard error is sqrt(1/8).
  const auto interval = bootstrap_interval({{0.0, 1.0}}, {.resamples = 20000, .seed = 3});
  EXPECT_EQ(interval.value, 0.5);
  EXPECT_EQ(interval.low, 0.0);
  EXPECT_EQ(interval.high, 1.0);
  EXPECT_NEAR(interval.standard_error, std::sqrt(0.125), 0.005);
}

TEST(Intervals, BootstrapIsKeyedAndStratified) {
  const std::vector<std::vector<double>> strata = {{0.0, 0.0, 0.0}, {1.0, 1.0}};
  const auto constant = bootstrap_interval(strata, {.resamples = 100});
  EXPECT_EQ(constant.low, 0.5);  // resampling never crosses strata
  EXPECT_EQ(constant.high, 0.5);
  const std::vector<std::vector<double>> values = {{0.1, 0.4, 0.9, 0.3, 0.7}};
  const auto first = bootstrap_interval(values, {.seed = 1}),
             again = bootstrap_interval(values, {.seed = 1});
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.standard_error, again.standard_error);
  EXPECT_NE(first.standard_error, bootstrap_interval(values, {.seed = 2}).standard_error);
}

}  // namespace
}  // namespace rlreason::eval
