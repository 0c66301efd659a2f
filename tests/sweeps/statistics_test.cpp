// Against hand arithmetic, closed forms for 1 and 2 degrees of freedom, brute force and published powers.
#include "sweeps/compare/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace rlreason::sweep {
namespace {

TEST(Statistics, TwoSidedPInClosedForm) {
  for (double t : {0.1, 1.0, 3.0, 40.0}) {
    EXPECT_NEAR(student_two_sided_p(t, 1), 1 - 2 / M_PI * std::atan(t), 1e-12);  // Cauchy
    EXPECT_NEAR(student_two_sided_p(t, 2), 1 - t / std::sqrt(2 + t * t), 1e-12);
  }
  EXPECT_EQ(student_two_sided_p(INFINITY, 3), 0);
}

TEST(Statistics, MeanInterval) {
  const auto hand = mean_interval({2, 4, 9});  // mean 5, squares 9 + 1 + 16 = 26, sd sqrt(13)
  EXPECT_DOUBLE_EQ(hand.mean, 5);
  EXPECT_NEAR(hand.sd, std::sqrt(13.0), 1e-12);
  EXPECT_NEAR(*hand.half_width, 4.30265273 * std::sqrt(13.0 / 3), 1e-6);
  EXPECT_FALSE(mean_interval({1}).half_width);
  EXPECT_EQ(mean_interval({}).n, 0);
}

TEST(Statistics, MeanIntervalCovers95Percent) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal(0.3, 2.0);
  int covered = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values(5);
    for (double& value : values) value = normal(random);
    const auto interval = mean_interval(values);
    covered += std::abs(interval.mean - 0.3) <= *interval.half_width;
  }
  EXPECT_NEAR(static_cast<double>(covered) / kTrials, 0.95, 0.012);
}

TEST(Statistics, PairedTestOfTheLedgerPrototype) {
  // hard pass@1 by seed of shared/toy: luffy against noshape, 0.29 +- 0.34 (rounded inputs).
  const std::vector<double> luffy{0.87, 0.73, 0.80, 0.93, 0.87},
      plain{0.59, 0.60, 0.03, 0.79, 0.75};
  std::vector<double> differences;
  for (size_t i = 0; i < 5; ++i) differences.push_back(luffy[i] - plain[i]);
  const auto test = paired_test(differences);
  EXPECT_NEAR(test.difference.mean, 0.288, 1e-9);
  EXPECT_NEAR(*test.difference.half_width, 0.34, 0.01);
  EXPECT_GT(test.p, 0.05);
  EXPECT_DOUBLE_EQ(test.sign_flip_p, 2.0 / 32);
  EXPECT_NEAR(*test.detectable, 1.69 * test.difference.sd, 0.02 * test.difference.sd);
}

TEST(Statistics, PairedTestDegenerate) {
  EXPECT_EQ(paired_test({0.5}).p, 1);
  EXPECT_EQ(paired_test({0.5, 0.5, 0.5}).p, 0);
  EXPECT_EQ(paired_test({0, 0, 0}).p, 1);
  EXPECT_EQ(paired_test({}).difference.n, 0);
}

TEST(Statistics, DetectableEffectsOfThePlanner) {
  // Simulated table of the design notes: seeds, effect at 5 %, effect at 5 %/6.
  const double table[][3] = {{3, 3.26, 8.02}, {4, 2.12, 3.97}, {5, 1.69, 2.76},
                             {6, 1.43, 2.20}, {8, 1.15, 1.65}, {10, 1.00, 1.37}};
  for (const auto& row : table) {
    const auto n = static_cast<int64_t>(row[0]);
    EXPECT_NEAR(detectable_effect(n), row[1], 0.02 * row[1]) << n;
    EXPECT_NEAR(detectable_effect(n, 0.05 / 6), row[2], 0.02 * row[2]) << n;
    EXPECT_NEAR(t_test_power(0, n), 0.05, 1e-6) << n;
  }
}

TEST(Statistics, BootstrapIsDeterministicAndCoversTheMean) {
  std::vector<std::vector<double>> differences;
  std::mt19937_64 random(3);
  std::normal_distribution<double> seed_effect(0.4, 0.05), item(0, 0.3);
  for (int s = 0; s < 6; ++s) {
    const double effect = seed_effect(random);
    std::vector<double> items(64);
    for (double& value : items) value = effect + item(random);
    differences.push_back(items);
  }
  const auto interval = two_level_bootstrap(differences), again = two_level_bootstrap(differences);
  EXPECT_EQ(interval.low, again.low);
  EXPECT_EQ(interval.high, again.high);
  EXPECT_TRUE(interval.holds(0.4)) << interval.low << " " << interval.high;
  EXPECT_LT(interval.high - interval.low, 0.2);
  EXPECT_GT(interval.high - interval.low, 0.04);
  const auto constant = two_level_bootstrap({{0.2, 0.2}, {0.2}});
  EXPECT_DOUBLE_EQ(constant.low, 0.2);
  EXPECT_DOUBLE_EQ(constant.high, 0.2);
}

// Together as each by itself, to the last bit, whatever shapes are mixed.
TEST(Statistics, BootstrapsOfManyRowsAreThoseOfEach) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> noise(0.1, 1.0 / 3);
  std::vector<ItemDifferences> rows;
  for (const std::vector<size_t>& shape : std::vector<std::vector<size_t>>{
           {7, 7, 7}, {1}, {7, 7, 7}, {5, 7, 2}, {7, 7}, {7, 7, 7}, {2, 7, 5}, {1}}) {
    rows.emplace_back();
    for (const size_t items : shape) {
      rows.back().emplace_back(items);
      for (double& value : rows.back().back()) value = noise(random);
    }
  }
  const std::vector<Interval> together = two_level_bootstraps(rows, 300);
  ASSERT_EQ(together.size(), rows.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    const Interval alone = two_level_bootstrap(rows[row], 300);
    EXPECT_EQ(together[row].low, alone.low) << row;
    EXPECT_EQ(together[row].high, alone.high) << row;
  }
  EXPECT_TRUE(two_level_bootstraps({}).empty());
}

// The search as it is written down: bisection of the power.
TEST(Statistics, DetectableEffectsAreThoseOfABisection) {
  for (const int64_t n : {2, 5, 9})
    for (const double alpha : {0.05, 0.01}) {
      double low = 0, high = 1;
      while (t_test_power(high, n, alpha) < 0.8) high *= 2;
      for (int i = 0; i < 40; ++i) {
        const double middle = (low + high) / 2;
        (t_test_power(middle, n, alpha) < 0.8 ? low : high) = middle;
      }
      for (int again = 0; again < 2; ++again)
        EXPECT_EQ(detectable_effect(n, alpha), (low + high) / 2) << n << " " << alpha;
    }
}

// Two one-sided tests at 5 % say the same as the 90 % interval lying inside the margin.
TEST(Statistics, EquivalenceIsTheNinetyPercentIntervalInsideTheMargin) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> noise(0.02, 0.1);
  int inside = 0;
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<double> values(3 + static_cast<size_t>(trial % 6));
    for (double& value : values) value = noise(random);
    const MeanInterval at90 = mean_interval(values, 0.9);
    const bool within = std::abs(at90.mean) + *at90.half_width < 0.1;
    inside += within;
    EXPECT_EQ(equivalence_p(mean_interval(values), 0.1) < 0.05, within) << trial;
  }
  EXPECT_GT(inside, 50);
  EXPECT_LT(inside, 450);
  EXPECT_EQ(equivalence_p(mean_interval({0.05, 0.05}), 0.1), 0);
  EXPECT_EQ(equivalence_p(mean_interval({0.2, 0.2}), 0.1), 1);
}

// With a true difference exactly at the margin, sameness is claimed in 5 % of experiments.
TEST(Statistics, EquivalenceHoldsItsLevel) {
  std::mt19937_64 random(12);
  std::normal_distribution<double> noise(0.3, 0.1);
  int claimed = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values(5);
    for (double& value : values) value = noise(random);
    claimed += equivalence_p(mean_interval(values), 0.3) < 0.05;
  }
  EXPECT_NEAR(static_cast<double>(claimed) / kTrials, 0.05, 0.012);
}

}  // namespace
}  // namespace rlreason::sweep
