// Draws without replacement, best-of-k and the vote against enumeration of every subset, n <= 12, and closed forms.
#include "evaluators/draws.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>

#include "core/error.h"
#include "evaluators/best_of.h"
#include "evaluators/majority.h"
#include "evaluators/suite_report.h"

namespace rlreason::eval {
namespace {

// Mean over all subsets of k of n samples of `value(number of right ones drawn)`; samples 0..c-1 are right.
double enumerate(int n, int c, int k, const std::function<double(int)>& value) {
  double sum = 0;
  int draws = 0;
  for (uint32_t mask = 0; mask < (1u << n); ++mask) {
    if (std::popcount(mask) != k) continue;
    sum += value(std::popcount(mask & ((1u << c) - 1u)));
    ++draws;
  }
  return sum / draws;
}

TEST(Draws, EveryMetricOfCountsIsItsShareOfSubsets) {
  for (int n = 1; n <= 12; ++n)
    for (int c = 0; c <= n; ++c)
      for (int k = 1; k <= n; ++k) {
        SCOPED_TRACE(fmt::format("n {} c {} k {}", n, c, k));
        EXPECT_NEAR(pass_at_k(n, c, k), enumerate(n, c, k, [](int j) { return j >= 1; }), 1e-12);
        EXPECT_NEAR(pass_all_at_k(n, c, k), enumerate(n, c, k, [k](int j) { return j == k; }),
                    1e-12);
        const auto weights = hypergeometric(n, c, k);
        for (int wanted = 0; wanted <= k; ++wanted)
          ASSERT_NEAR(weights[static_cast<size_t>(wanted)],
                      enumerate(n, c, k, [=](int j) { return j == wanted; }), 1e-12);
        for (const int quarters :
             {1, 2, 3, 4})  // tau in exact quarters: at least ceil(quarters k / 4), and one
          EXPECT_NEAR(
              g_pass_at_k(n, c, k, quarters / 4.0),
              enumerate(n, c, k, [=](int j) { return j >= std::max(1, (quarters * k + 3) / 4); }),
              1e-12);
        double mean = 0;
        for (int i = (k + 1) / 2 + 1; i <= k; ++i)
          mean += 2.0 / k * enumerate(n, c, k, [=](int j) { return j >= i; });
        EXPECT_NEAR(mean_g_pass_at_k(n, c, k), mean, 1e-12);
      }
}

TEST(Draws, ThresholdsDoNotSufferFromBinaryFractions) {
  // 0.7 * 10 and 0.1 * 30 are above 7 and 3 in binary: the needed count must not become 8 and 4.
  EXPECT_NEAR(g_pass_at_k(10, 7, 10, 0.7), 1.0, 1e-12);
  EXPECT_NEAR(g_pass_at_k(30, 3, 30, 0.1), 1.0, 1e-12);
  EXPECT_NEAR(g_pass_at_k(10, 6, 10, 0.7), 0.0, 1e-12);
}

TEST(Draws, LargeCountsKeepTheirClosedForms) {
  // One right of n is drawn with probability k/n; mean of the hypergeometric is k c / n.
  EXPECT_NEAR(pass_at_k(100000, 1, 40000), 0.4, 1e-9);
  EXPECT_NEAR(pass_all_at_k(100000, 99999, 40000), 0.6, 1e-9);  // the one wrong sample is not drawn
  const auto weights = hypergeometric(60000, 20000, 30000);
  double sum = 0, mean = 0;
  for (size_t j = 0; j < weights.size(); ++j) {
    sum += weights[j];
    mean += static_cast<double>(j) * weights[j];
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_NEAR(mean, 10000.0, 1e-5);
}

TEST(Draws, KOutsideTheSamplesIsRefused) {
  EXPECT_THROW(pass_at_k(4, 2, 5), UserError);
  EXPECT_THROW(pass_all_at_k(4, 2, 0), UserError);
  EXPECT_THROW(g_pass_at_k(4, 2, 4, 0.0), UserError);
  EXPECT_EQ(curve_ks(12), (std::vector<int64_t>{1, 2, 4, 8, 12}));
  EXPECT_EQ(curve_ks(8), (std::vector<int64_t>{1, 2, 4, 8}));
}

ItemResults scored(const std::vector<std::pair<double, bool>>& samples) {
  ItemResults item{.id = "i", .group = {}, .samples = {}};
  for (const auto& [score, right] : samples)
    item.samples.push_back(
        {.outcome = right ? data::Outcome::right : data::Outcome::wrong, .score = score});
  return item;
}

TEST(BestOf, IsTheExpectedWorthOfTheHighestScoreDrawn) {
  const std::vector<std::pair<double, bool>> samples = {{3, true},  {1, false}, {3, false},
                                                        {2, true},  {2, true},  {0, false},
                                                        {2, false}, {-1, true}, {3, false}};
  const int n = static_cast<int>(samples.size());
  for (int k = 1; k <= n; ++k) {
    double sum = 0;
    int draws = 0;
    for (uint32_t mask = 0; mask < (1u << n); ++mask) {
      if (std::popcount(mask) != k) continue;
      double best = -1e9, right = 0, ties = 0;
      for (int i = 0; i < n; ++i)
        if (mask >> i & 1u) best = std::max(best, samples[static_cast<size_t>(i)].first);
      for (int i = 0; i < n; ++i)
        if ((mask >> i & 1u) && samples[static_cast<size_t>(i)].first == best) {
          ties += 1;
          right += samples[static_cast<size_t>(i)].second;
        }
      sum += right / ties;
      ++draws;
    }
    EXPECT_NEAR(best_of_k(scored(samples), k), sum / draws, 1e-12) << k;
  }
}

TEST(BestOf, NeedsAScoreForEverySample) {
  ItemResults item = scored({{1, true}, {2, false}});
  EXPECT_TRUE(has_scores({item}));
  item.samples[1].score.reset();
  EXPECT_FALSE(has_scores({item}));
  EXPECT_THROW(best_of_k(item, 1), UserError);
}

TEST(Majority, CutOffSamplesDoNotVoteAndTiesAreCounted) {
  ItemResults item{.id = "i", .group = {}, .samples = {}};
  item.samples.push_back({.outcome = data::Outcome::right, .answer = "a"});
  item.samples.push_back({.outcome = data::Outcome::wrong, .answer = "b"});
  EXPECT_DOUBLE_EQ(maj_at_k(item, 2), 0.5);
  EXPECT_DOUBLE_EQ(tie_rate({item}), 1.0);
  item.samples[1].truncated = true;
  EXPECT_DOUBLE_EQ(maj_at_k(item, 2), 1.0);
  EXPECT_DOUBLE_EQ(tie_rate({item}), 0.0);
}

TEST(SuiteReport, HoldsTheNumbersOfItsParts) {
  std::vector<ItemResults> items;
  for (int i = 0; i < 6; ++i) {
    items.push_back(scored({{1, i % 2 == 0}, {2, i % 3 == 0}, {3, i == 5}}));
    items.back().id = std::to_string(i);
    items.back().group = i < 3 ? "x" : "y";
    for (auto& sample : items.back().samples) sample.answer = sample.right() ? "gold" : "other";
  }
  const SuiteReport report = suite_report("s", items);
  EXPECT_EQ(report.interval_method, "clustered");
  EXPECT_EQ(report.groups, 2);
  EXPECT_NEAR(report.accuracy.value, (3 + 2 + 1) / 18.0, 1e-12);
  ASSERT_EQ(report.curve.size(), 3u);
  EXPECT_NEAR(report.curve.back().pass, 5 / 6.0, 1e-12);  // item 1 has none right
  EXPECT_NEAR(*report.curve.back().best, 1 / 6.0,
              1e-12);  // the highest score is right in item 5 only
  EXPECT_LE(report.pass->low, report.pass->value);
  const auto json = to_json(report);
  EXPECT_EQ(json.at("n"), 6);
  EXPECT_NEAR(json.at("pass_at_k").at("3").get<double>(), 5 / 6.0, 1e-12);
}

}  // namespace
}  // namespace rlreason::eval
