// Metrics against enumeration of every draw and closed forms.
#include "evaluators/metrics.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <map>

#include "core/error.h"
#include "evaluators/majority.h"

namespace rlreason::eval {
namespace {

ItemResults item(const std::string& answers, const std::string& right,
                 const std::string& id = "i") {
  // One character a sample; '-' abstains.  `right` lists the right answers.
  ItemResults result{.id = id, .group = {}, .samples = {}};
  for (const char c : answers)
    result.samples.push_back({.outcome = right.find(c) != std::string::npos ? data::Outcome::right
                                                                            : data::Outcome::wrong,
                              .answer = c == '-' ? "" : std::string(1, c)});
  return result;
}

// Every subset of k of the n samples, judged one at a time.
template <class Judge>
double enumerate(const ItemResults& one, int k, const Judge& judge) {
  double sum = 0;
  int draws = 0;
  for (uint32_t mask = 0; mask < (1u << one.samples.size()); ++mask) {
    if (std::popcount(mask) != k) continue;
    std::vector<SampleResult> drawn;
    for (size_t i = 0; i < one.samples.size(); ++i)
      if (mask >> i & 1u) drawn.push_back(one.samples[i]);
    sum += judge(drawn);
    ++draws;
  }
  return sum / draws;
}

double any_right(const std::vector<SampleResult>& drawn) {
  for (const auto& sample : drawn)
    if (sample.right()) return 1;
  return 0;
}

double vote(const std::vector<SampleResult>& drawn) {
  std::map<std::string, std::pair<int, bool>> votes;
  int most = 0;
  for (const auto& sample : drawn)
    if (!sample.answer.empty()) {
      auto& [count, right] = votes[sample.answer];
      most = std::max(most, ++count);
      right = sample.right();
    }
  double winners = 0, right = 0;
  for (const auto& [answer, entry] : votes)
    if (entry.first == most) {
      winners += 1;
      right += entry.second;
    }
  return winners == 0 ? 0 : right / winners;
}

TEST(Metrics, PassAtKIsTheShareOfDrawsWithARightSample) {
  for (int n = 1; n <= 12; ++n)
    for (int c = 0; c <= n; ++c) {
      const ItemResults one = item(
          std::string(static_cast<size_t>(c), 'a') + std::string(static_cast<size_t>(n - c), 'b'),
          "a");
      for (int k = 1; k <= n; ++k)
        EXPECT_NEAR(pass_at_k(n, c, k), enumerate(one, k, any_right), 1e-12)
            << n << ' ' << c << ' ' << k;
    }
}

TEST(Metrics, PassAtKOfManySamplesStaysExact) {
  // k = 1 is c/n; one right of n is k/n; both at sizes where C(n, k) overflows a double.
  EXPECT_NEAR(pass_at_k(5000, 1234, 1), 1234.0 / 5000, 1e-12);
  EXPECT_NEAR(pass_at_k(5000, 1, 2500), 0.5, 1e-12);
  EXPECT_EQ(pass_at_k(10, 8, 3), 1.0);
  EXPECT_EQ(pass_at_k(10, 0, 3), 0.0);
}

TEST(Metrics, MajorityIsTheShareOfDrawsWhoseVoteIsRight) {
  for (const std::string answers : {"aab", "abc-", "aabbc", "aabb--", "abcdefgh", "aaaabbbbcc-",
                                    "abbccc--ddda", "------", "aaaaaaaaaaaa"})
    for (const std::string right : {"a", "b", "d"})
      for (int k = 1; k <= static_cast<int>(answers.size()); ++k)
        EXPECT_NEAR(maj_at_k(item(answers, right), k), enumerate(item(answers, right), k, vote),
                    1e-12)
            << answers << ' ' << right << ' ' << k;
}

TEST(Metrics, MajorityOfManySamplesIsFastAndBounded) {
  std::string answers;
  for (int i = 0; i < 64; ++i) answers += static_cast<char>('A' + i % 40);
  const double value = maj_at_k(item(answers, "A"), 64);
  EXPECT_NEAR(value, 1.0 / 24, 1e-9);  // 24 answers came twice and tie
}

TEST(Metrics, FewerSamplesThanKIsRefused) {
  const std::vector<ItemResults> items = {item("aaa", "a", "full"), item("aa", "a", "short")};
  try {
    pass_at_k(items, 3);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("short"), std::string::npos) << error.what();
  }
  EXPECT_THROW(maj_at_k(items, 3), UserError);
  EXPECT_THROW(pass_at_k(items, 0), UserError);
  EXPECT_THROW(mean_at_k({}), UserError);
}

TEST(Metrics, MeansAreOverItemsNotSamples) {
  const std::vector<ItemResults> items = {item("aaaa", "a"), item("b", "a")};
  EXPECT_DOUBLE_EQ(mean_at_k(items), 0.5);
  EXPECT_DOUBLE_EQ(pass_at_k(items, 1), 0.5);
}

TEST(Metrics, UnscoredCountsAsWrongAndIsReported) {
  store::EvalFacts facts;
  facts.items = {
      {"q1",
       {{.sample = 0, .outcome = "right", .answer = "7", .length = 4, .finish = "eos"},
        {.sample = 1, .outcome = "unscored", .answer = "", .length = 8, .finish = "length"},
        {.sample = 2, .outcome = "wrong", .answer = "9", .length = 6, .finish = "eos"},
        {.sample = 3, .outcome = "wrong", .answer = "", .length = 10, .finish = "length"}}}};
  const auto items = item_results(facts);
  EXPECT_DOUBLE_EQ(mean_at_k(items), 0.25);
  const auto rates = sample_rates(items);
  EXPECT_EQ(rates.unscored, 1);
  EXPECT_DOUBLE_EQ(rates.unscored_rate, 0.25);
  EXPECT_DOUBLE_EQ(rates.extraction_rate, 0.5);
  EXPECT_DOUBLE_EQ(rates.truncation_rate, 0.5);
  EXPECT_DOUBLE_EQ(rates.mean_length, 7);
  EXPECT_DOUBLE_EQ(rates.mean_length_right, 4);
  EXPECT_DOUBLE_EQ(rates.mean_length_wrong, 8);
  facts.items[0].samples[0].outcome = "maybe";
  EXPECT_THROW(item_results(facts), DataError);
}

}  // namespace
}  // namespace rlreason::eval
