// Paired tests, Holm, power and boundary diagnostics against enumeration, hand arithmetic and simulation.
#include "evaluators/paired.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "core/error.h"
#include "evaluators/bootstrap.h"
#include "evaluators/boundary.h"

namespace rlreason::eval {
namespace {

ItemResults item(size_t id, int right, int samples) {
  ItemResults result{.id = std::to_string(id), .group = {}, .samples = {}};
  for (int i = 0; i < samples; ++i)
    result.samples.push_back({.outcome = i < right ? data::Outcome::right : data::Outcome::wrong});
  return result;
}

std::vector<ItemResults> items(const std::vector<int>& right, int samples) {
  std::vector<ItemResults> all;
  for (const int count : right) all.push_back(item(all.size(), count, samples));
  return all;
}

TEST(Paired, McNemarIsTheTwoSidedBinomialByEnumeration) {
  for (int b = 0; b <= 9; ++b)
    for (int c = 0; c <= 9; ++c) {
      const int n = b + c;
      double sum = 0;  // outcomes at least as far from n/2
      for (uint32_t mask = 0; mask < (1u << n); ++mask)
        sum += std::abs(2 * std::popcount(mask) - n) >= std::abs(b - c);
      EXPECT_NEAR(mcnemar(b, c).p, sum / std::pow(2.0, n), 1e-12) << b << ' ' << c;
    }
  EXPECT_NEAR(mcnemar(1, 9).p, 22.0 / 1024, 1e-15);  // 2 (1 + 10) / 2^10
  EXPECT_GT(mcnemar(4900, 5100).p, 0.04);            // z = 1.99 with the correction for continuity
  EXPECT_LT(mcnemar(4900, 5100).p, 0.05);
  EXPECT_EQ(mcnemar(0, 0).p, 1.0);
}

TEST(Paired, SignFlipsByHand) {
  EXPECT_DOUBLE_EQ(sign_flip_p({1, 2, 3}), 2.0 / 8);  // only all + and all -
  EXPECT_DOUBLE_EQ(sign_flip_p({1, 2, -3}), 1);       // the observed sum is 0
  EXPECT_DOUBLE_EQ(sign_flip_p({0.1, 0.1, 0.1, 0.1, 0.1}), 2.0 / 32);
  EXPECT_DOUBLE_EQ(sign_flip_p({5, -1}), 1);                 // 4 against {6, -6, 4, -4}
  EXPECT_DOUBLE_EQ(sign_flip_p({3, 3, -1}), 4.0 / 8);        // 5 against +-{5, 7, 1, 1}
  EXPECT_DOUBLE_EQ(sign_flip_p({3, 0, 0, 3, -1}), 4.0 / 8);  // no difference has no sign
  EXPECT_DOUBLE_EQ(sign_flip_p({}), 1);
  for (int n : {3, 4, 5, 6, 8, 10})
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>(static_cast<size_t>(n), 0.2)),
                     2 / std::pow(2.0, n));
}

TEST(Paired, DrawnSignFlipsAgreeWithMcNemar) {
  // With differences of +-1 both tests ask the same question; 40 of them are drawn, not enumerated.
  std::vector<double> differences(40, 1.0);
  std::fill_n(differences.begin(), 13, -1.0);
  const double exact = mcnemar(27, 13).p;
  EXPECT_NEAR(sign_flip_p(differences, 40000), exact, 5 * std::sqrt(exact / 40000));
  EXPECT_EQ(sign_flip_p(differences, 500, 3), sign_flip_p(differences, 500, 3));
  EXPECT_GT(sign_flip_p(std::vector<double>(100, 1.0), 1000), 0.0);  // never 0 from draws
}

TEST(Paired, HolmWorkedExample) {
  const auto adjusted = holm({0.01, 0.04, 0.03, 0.005});
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);  // 4 x 0.005
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);  // 3 x 0.01
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);  // 2 x 0.03
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);  // 1 x 0.04, not below the one before
  EXPECT_DOUBLE_EQ(holm({0.7, 0.9})[0], 1);
  EXPECT_TRUE(holm({}).empty());
}

TEST(Paired, BenjaminiHochbergWorkedExample) {
  const auto adjusted = benjamini_hochberg({0.01, 0.04, 0.03, 0.005});
  EXPECT_DOUBLE_EQ(adjusted[1], 0.04);  // 4/4 x 0.04
  EXPECT_DOUBLE_EQ(adjusted[2], 0.04);  // 4/3 x 0.03
  EXPECT_DOUBLE_EQ(adjusted[0], 0.02);  // 4/2 x 0.01
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);  // 4/1 x 0.005
  EXPECT_DOUBLE_EQ(benjamini_hochberg({0.02, 0.03})[0],
                   0.03);  // 2/1 x 0.02, not above the next one
  EXPECT_DOUBLE_EQ(benjamini_hochberg({0.7, 0.9})[0], 0.9);
  EXPECT_TRUE(benjamini_hochberg({}).empty());
  // The example of section 3.3 of the paper: 15 hypotheses at 0.05, of which 4 are rejected; Bonferroni rejects 3.
  const std::vector<double> paper = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                     0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const auto rejected = [](const std::vector<double>& p) {
    return std::count_if(p.begin(), p.end(), [](double each) { return each <= 0.05; });
  };
  EXPECT_EQ(rejected(benjamini_hochberg(paper)), 4);
  EXPECT_EQ(rejected(holm(paper)), 3);
}

// The definition: reject the k smallest, k the largest rank with p_(k) <= k q / m.
TEST(Paired, BenjaminiHochbergRejectsWhatItsDefinitionDoes) {
  uint64_t state = 11;
  const auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<double> p(1 + round % 12);
    for (double& each : p) each = std::pow(uniform(), 1 + round % 4);
    const auto adjusted = benjamini_hochberg(p);
    std::vector<double> sorted = p;
    std::sort(sorted.begin(), sorted.end());
    for (const double q : {0.01, 0.05, 0.2, 0.5}) {
      double bound = -1;
      for (size_t k = 1; k <= p.size(); ++k)
        if (sorted[k - 1] <= static_cast<double>(k) * q / static_cast<double>(p.size()))
          bound = sorted[k - 1];
      for (size_t i = 0; i < p.size(); ++i)
        EXPECT_EQ(adjusted[i] <= q, p[i] <= bound) << p[i] << " at " << q;
    }
  }
}

TEST(Paired, SingleSamplesGiveMcNemarAndTheDifference) {
  const auto test =
      compare_items(items({1, 1, 1, 0, 0, 1, 1, 0}, 1), items({1, 0, 0, 0, 1, 1, 0, 0}, 1));
  ASSERT_TRUE(test.mcnemar);
  EXPECT_EQ(test.mcnemar->b, 3);
  EXPECT_EQ(test.mcnemar->c, 1);
  EXPECT_NEAR(test.p, 10.0 / 16, 1e-15);  // 2 (1 + 4) / 2^4
  EXPECT_NEAR(test.difference.value, 0.25, 1e-15);
  // differences 0 1 1 0 -1 0 1 0: squares 4, mean 1/4: s^2 = (4 - 8/16) / 7 = 1/2, standard error sqrt(1/16)
  EXPECT_NEAR(test.difference.standard_error, 0.25, 1e-12);
  EXPECT_NEAR(test.detectable, (1.959963985 + 0.841621234) * 0.25, 1e-8);
  EXPECT_EQ(test.discordant, (std::vector<size_t>{1, 2, 4, 6}));
}

TEST(Paired, SeveralSamplesGiveSignFlips) {
  const auto test = compare_items(items({3, 2, 4, 1}, 4), items({1, 2, 2, 0}, 4));
  EXPECT_FALSE(test.mcnemar);
  EXPECT_DOUBLE_EQ(test.p, 2.0 / 8);  // 0.5, 0.5, 0.25: all + or all -
  EXPECT_NEAR(test.spread.within_a, (3 / 16.0 + 4 / 16.0 + 0 + 3 / 16.0) / 4 * 4 / 3, 1e-12);
}

TEST(Paired, DetectableDifferenceIsSeenInFourOfFiveTrials) {
  // Items with a true difference of N(delta, 0.2^2) around, K_A = 4 and K_B = 2 samples of variance 0.15.
  const Spread spread{.between = 0.04, .within_a = 0.15, .within_b = 0.15};
  constexpr int kItems = 200, kTrials = 2000;
  const double delta = detectable_difference(spread, kItems, 4, 2);
  EXPECT_NEAR(delta, 2.8015852 * std::sqrt((0.04 + 0.15 / 4 + 0.15 / 2) / kItems), 1e-6);
  std::mt19937_64 random(11);
  std::normal_distribution<double> noise(0, std::sqrt(0.04 + 0.15 / 4 + 0.15 / 2));
  int seen = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> differences(kItems);
    for (double& value : differences) value = delta + noise(random);
    seen += t_interval(differences).low > 0;
  }
  EXPECT_NEAR(static_cast<double>(seen) / kTrials, 0.8, 0.03);
}

TEST(Paired, GroupedErrorIsTheClusterSum) {
  // Groups of equal items: as if there were as many items as groups.
  const std::vector<double> values = {1, 1, 0, 0, 1, 1, 0, 0};
  const std::vector<std::string> groups = {"a", "a", "b", "b", "c", "c", "d", "d"};
  // deviations +-1 each: SE^2 = 4/3 * 4 / 64
  EXPECT_NEAR(grouped_standard_error(values, groups), std::sqrt(4.0 / 3 * 4 / 64), 1e-12);
  EXPECT_NEAR(grouped_standard_error(values, {"1", "2", "3", "4", "5", "6", "7", "8"}),
              t_interval(values).standard_error, 1e-12);  // every item a group: the plain error
  EXPECT_TRUE(std::isnan(grouped_standard_error({1, 0}, {"a", "a"})));
  EXPECT_THROW(grouped_standard_error({1, 0}, {"a"}), UserError);
}

TEST(Paired, MacroAverageAddsVariances) {
  const auto average = macro_average(
      {{.value = 0.3, .standard_error = 0.03}, {.value = 0.5, .standard_error = 0.04}});
  EXPECT_NEAR(average.value, 0.4, 1e-15);
  EXPECT_NEAR(average.standard_error, 0.025, 1e-15);
  EXPECT_NEAR(average.high, 0.4 + 1.959963985 * 0.025, 1e-9);
}

TEST(Bootstrap, BcaCoversASkewedMeanBetterThanPercentile) {
  std::mt19937_64 random(5);
  std::exponential_distribution<double> skewed(1.0);  // mean 1
  int bca = 0, percentile = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values(15);
    for (double& value : values) value = skewed(random);
    BootstrapOptions options{.resamples = 500, .seed = static_cast<uint64_t>(trial)};
    const auto plain = bootstrap_interval({values}, options);
    options.method = BootstrapMethod::bca;
    const auto moved = bootstrap_interval({values}, options);
    percentile += plain.low <= 1 && 1 <= plain.high;
    bca += moved.low <= 1 && 1 <= moved.high;
    EXPECT_GE(moved.high, plain.high - 0.15);  // moved towards the long tail
  }
  EXPECT_GE(bca, percentile);
  EXPECT_GT(bca, 0.87 * kTrials);
}

TEST(Bootstrap, BcaOfAConstantIsTheConstant) {
  const auto interval =
      bootstrap_interval({{0.25, 0.25}}, {.resamples = 50, .method = BootstrapMethod::bca});
  EXPECT_EQ(interval.low, 0.25);
  EXPECT_EQ(interval.high, 0.25);
}

TEST(Boundary, CountsSupportGainAndTheCrossing) {
  // The base knows a little of everything, the trained system all of less.
  const auto base = items({1, 1, 1, 1, 0, 0}, 4), trained = items({4, 4, 0, 0, 2, 0}, 4);
  const Boundary edge = boundary(base, trained);
  EXPECT_EQ(edge.support.preserved, 2);
  EXPECT_EQ(edge.support.shrunk, 2);
  EXPECT_EQ(edge.support.expanded, 1);
  EXPECT_EQ(edge.support.out, 1);
  EXPECT_NEAR(edge.support.retention(), 0.5, 1e-15);
  EXPECT_NEAR(edge.support.discovery(), 1 / 3.0, 1e-15);
  EXPECT_NEAR(edge.support.synthesis(), 0.4, 1e-15);  // 2 (1/2)(1/3) / (5/6)
  EXPECT_NEAR(edge.support.net_change(), -0.2, 1e-15);
  EXPECT_NEAR(edge.gain.total, (0.75 + 0.75 - 0.25 - 0.25 + 0.5) / 6, 1e-12);
  EXPECT_NEAR(edge.gain.sharpened, 1.0 / 6, 1e-12);
  EXPECT_NEAR(edge.gain.fresh, 0.5 / 6, 1e-12);
  // pass@k of the base: k/6 (four items with one right of four); of the trained: (2 + {1/2, 5/6, 1, 1}) / 6
  EXPECT_TRUE(edge.started_ahead);
  ASSERT_TRUE(edge.crossing);
  EXPECT_EQ(*edge.crossing, 3);
  EXPECT_FALSE(boundary(trained, items({4, 4, 4, 4, 4, 0}, 4)).crossing);
  EXPECT_THROW(boundary(base, items({1}, 4)), UserError);
}

}  // namespace
}  // namespace rlreason::eval
