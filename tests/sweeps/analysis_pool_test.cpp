// Pools of solutions and the frontier by closed forms and by enumeration.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "sweeps/analysis/frontier.h"
#include "sweeps/analysis/pool.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

PoolEntry entry(const std::string& problem, const std::string& text, bool right,
                const std::string& answer = "") {
  PoolEntry own;
  own.problem = own.prompt = problem;
  own.text = text;
  own.answer = answer;
  own.source = "policy";
  own.outcome = right ? data::Outcome::right : data::Outcome::wrong;
  return own;
}

// Mean number of distinct classes over all subsets of n of the entries.
double enumerated(const std::vector<int64_t>& copies, int64_t n) {
  std::vector<size_t> classes;
  for (size_t c = 0; c < copies.size(); ++c)
    classes.insert(classes.end(), static_cast<size_t>(copies[c]), c);
  double sum = 0, subsets = 0;
  for (uint32_t mask = 0; mask < (1u << classes.size()); ++mask) {
    if (__builtin_popcount(mask) != n) continue;
    uint32_t seen = 0;
    for (size_t i = 0; i < classes.size(); ++i)
      if (mask >> i & 1) seen |= 1u << classes[i];
    sum += __builtin_popcount(seen);
    subsets += 1;
  }
  return sum / subsets;
}

TEST(PoolTest, ExpectedDistinctIsTheMeanOverAllSubsets) {
  for (const std::vector<int64_t>& copies :
       {std::vector<int64_t>{1, 1, 1}, {4}, {3, 2, 1, 5}, {6, 1, 1, 1}, {2, 2, 2, 2, 2}}) {
    int64_t total = 0;
    for (const int64_t own : copies) total += own;
    for (int64_t n = 1; n <= total; ++n)
      EXPECT_NEAR(expected_distinct(copies, n), enumerated(copies, n), 1e-12) << n;
  }
}

TEST(PoolTest, QualityAndCoverageByHand) {
  // Four solutions, three distinct (layout is no difference), three right; against two, both the same.
  const Pool pool{.name = "a",
                  .kind = "dataset",
                  .problems = 3,
                  .entries = {entry("p", "x  y", true), entry("p", " x\ny ", true),
                              entry("p", "z", false), entry("q", "x y", true)}};
  const Pool reference{
      .name = "b",
      .kind = "dataset",
      .problems = 1,
      .entries = {entry("p", "x", true, "1"), entry("p", "other words", false, "1")}};
  const json own = describe_pool(pool);
  EXPECT_EQ(own.at("entries"), 4);
  EXPECT_EQ(own.at("problems_without"), 1);
  EXPECT_EQ(own.at("distinct"), 3);
  EXPECT_DOUBLE_EQ(own.at("quality"), 0.75);
  EXPECT_EQ(own.at("outcomes").at("right"), 3);
  const json both = compare_pools(pool, reference);
  EXPECT_DOUBLE_EQ(both.at("tq"), 1.5);
  EXPECT_EQ(both.at("size"), 2);
  // Of 4 with one pair alike, two drawn are distinct but in 1 of 6 cases: 11/6; the reference has 2 distinct, 1 answer.
  EXPECT_NEAR(both.at("saco").get<double>(), 11.0 / 6 / 2, 1e-12);
  EXPECT_NEAR(both.at("saco_answers").get<double>(), 11.0 / 6, 1e-12);
  EXPECT_EQ(both.at("shared_problems"), 1);
}

TEST(PoolTest, AReferenceThatSolvesNothingGivesNoRatio) {
  const Pool right{
      .name = "a", .kind = "dataset", .problems = 1, .entries = {entry("p", "x", true)}};
  const Pool wrong{
      .name = "b", .kind = "dataset", .problems = 1, .entries = {entry("p", "x", false)}};
  EXPECT_TRUE(compare_pools(right, wrong).at("tq").is_null());
  const Pool empty{.name = "c", .kind = "dataset", .problems = 5, .entries = {}};
  EXPECT_NE(sentence_of<UserError>([&] { describe_pool(empty); }).find("at least one solution"),
            std::string::npos);
  EXPECT_THROW(compare_pools(right, empty), UserError);
}

TEST(PoolTest, TheGapIsOverProblemsThatHaveBoth) {
  const Pool pool{.name = "a",
                  .kind = "dataset",
                  .problems = 2,
                  .entries = {entry("p", "x", true), entry("q", "y", true), entry("q", "z", true)}};
  const Pool own{.name = "b",
                 .kind = "rollouts",
                 .problems = 2,
                 .entries = {entry("p", "u", true), entry("p", "v", false), entry("r", "w", true)}};
  const Scored theirs{.logprob = {-4, -9, -3}, .tokens = {2, 3, 1}};
  const Scored ours{.logprob = {-1, -50, -1}, .tokens = {2, 2, 2}};
  const json gap = demonstration_gap(pool, theirs, &own, &ours);
  EXPECT_EQ(gap.at("problems"), 1);
  EXPECT_NEAR(gap.at("gap").get<double>(), -2 - -0.5, 1e-12) << "wrong responses do not count";
  EXPECT_NEAR(gap.at("logprob_per_token").get<double>(), -16.0 / 6, 1e-12);
  EXPECT_NEAR(gap.at("perplexity").get<double>(), std::exp(16.0 / 6), 1e-9);
  EXPECT_FALSE(demonstration_gap(pool, theirs, nullptr, nullptr).contains("gap"));
}

TEST(FrontierTest, BestOfNHasItsDivergence) {
  EXPECT_EQ(best_of_kl(1), 0);
  EXPECT_NEAR(best_of_kl(2), 0.6931471805599453 - 0.5, 1e-15);
  EXPECT_NEAR(best_of_kl(64), 4.1588830833596715 - 63.0 / 64, 1e-14);
  for (const double n : {1.0, 1.5, 2.0, 7.0, 1e3, 1e9})
    EXPECT_NEAR(best_of_n(best_of_kl(n)) / n, 1, 1e-6) << n;
}

TEST(FrontierTest, DivergenceIsTheMeanOverResponsesWithProblemsAsTheUnit) {
  FrontierPoint point;
  point.samples = {{.item = "a"}, {.item = "a"}, {.item = "b"}, {.item = "b"}};
  add_scores(point, {-1, -2, -3, -4}, {-2, -2, -6, -6}, {2, 2, 3, 3});
  EXPECT_NEAR(point.kl, (1 + 0 + 3 + 2) / 4.0, 1e-12);
  EXPECT_NEAR(point.kl_per_token, 6.0 / 10, 1e-12);
  // Sums of a: 1, of b: 5, mean 1.5 a response: residuals -2 and 2; sqrt(8 * 2 / 1) / 4 = 1.
  EXPECT_NEAR(point.kl_standard_error, 1, 1e-12);
  FrontierPoint single;
  single.samples = {{.item = "a"}};
  add_scores(single, {-1}, {-2}, {1});
  EXPECT_TRUE(std::isnan(single.kl_standard_error)) << "one problem has no spread";
}

}  // namespace
}  // namespace rlreason::sweep
