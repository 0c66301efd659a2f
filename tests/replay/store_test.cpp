// Who gets into the replay store, who goes, what is drawn: each rule by itself, and V35 of the LUFFY vectors.
#include "trainers/replay/store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "trainers/replay/buckets.h"
#include "trainers/replay/retirement.h"

namespace rlreason::train {
namespace {

ReplayPrompt prompt_of(int number) {
  ReplayPrompt own;
  own.prompt.id = "p" + std::to_string(number);
  own.prompt.text = "question " + std::to_string(number);
  own.prompt.verifier = "exact";
  own.prompt_ids = {1, number};
  return own;
}
std::string key_of(int number) { return replay_key(prompt_of(number).prompt); }

Experience response(bool right, std::vector<int32_t> ids, int64_t iteration,
                    double advantage = 0.5) {
  Experience own;
  own.behavior_logprob = own.old_logprob = std::vector<float>(ids.size(), -0.25f);
  own.response_ids = std::move(ids);
  own.verdict.outcome = right ? data::Outcome::right : data::Outcome::wrong;
  own.reward = right ? 1.0 : 0.0;
  own.advantage = advantage;
  own.iteration = iteration;
  own.policy_version = 2 * iteration;
  return own;
}

// A group of 8 of which `right` are right; responses differ by prompt, number and iteration.
JudgedGroup group_of(int number, int64_t right, int64_t iteration) {
  JudgedGroup group{.prompt = prompt_of(number), .fresh = {}, .right = right, .responses = 8};
  for (int32_t i = 0; i < 8; ++i)
    group.fresh.push_back(response(i < right, {number, i, static_cast<int32_t>(iteration)},
                                   iteration, i < right ? 0.5 + 0.01 * i : -0.5));
  return group;
}

std::vector<int64_t> ids_of(const ReplayStore& store) {
  std::vector<int64_t> ids;
  for (const auto& [id, own] : store.entries()) ids.push_back(id);
  return ids;
}

TEST(ReplayAdmission, RightOnesOfGroupsThatAreNotSolved) {
  ReplayStore store({.admit_groups = "unsolved"}, 1, 8);
  store.collect(group_of(1, 3, 0));
  store.collect(group_of(2, 8, 0));
  store.collect(group_of(3, 0, 0));
  EXPECT_EQ(store.entries().size(), 3u);
  EXPECT_EQ(store.prompts(), 1u);
  EXPECT_EQ(store.buckets(), (std::map<int64_t, int64_t>{{3, 1}}));
  EXPECT_EQ(store.counts().admitted, 3);
}

TEST(ReplayAdmission, ByAdvantageStrictlyAboveTheBound) {
  ReplayStore store({.admit = "advantage", .advantage_above = 0.5}, 1, 8);
  store.collect(group_of(1, 3, 0));  // 0.50, 0.51, 0.52
  EXPECT_EQ(store.entries().size(), 2u);
  ReplayStore any({.admit = "any"}, 1, 8);
  any.collect(group_of(1, 3, 0));
  EXPECT_EQ(any.entries().size(), 8u);
}

TEST(ReplayAdmission, TheSameTokensOnlyOnceUnlessAsked) {
  ReplayStore once({}, 1, 8), twice({.duplicates = "keep"}, 1, 8);
  for (ReplayStore* store : {&once, &twice}) {
    store->collect(group_of(1, 2, 0));
    store->collect(group_of(1, 2, 0));
  }
  EXPECT_EQ(once.entries().size(), 2u);
  EXPECT_EQ(once.counts().duplicates, 2);
  EXPECT_EQ(twice.entries().size(), 4u);
}

TEST(ReplayAdmission, TheBucketIsThatOfTheLatestGroupWithAnythingRight) {
  ReplayStore store({}, 1, 8);
  store.collect(group_of(1, 3, 0));
  store.collect(group_of(1, 5, 1));
  EXPECT_EQ(store.buckets(), (std::map<int64_t, int64_t>{{5, 1}}));
  store.collect(group_of(1, 0, 2));
  EXPECT_EQ(store.buckets(), (std::map<int64_t, int64_t>{{5, 1}}));
  EXPECT_EQ(store.entries().begin()->second.right, 3) << "as it was when recorded";
}

TEST(ReplayStart, NothingBeforeABatchIsSolvedWellEnoughThenForGood) {
  ReplayStore store({.start_solve_rate = 0.35, .collect_before_start = false, .until = 9}, 1, 8);
  store.collect(group_of(1, 3, 0));
  store.end_iteration(0.35, {});
  EXPECT_FALSE(store.active(1)) << "larger than the threshold, not as large";
  store.end_iteration(0.36, {});
  EXPECT_TRUE(store.active(2));
  EXPECT_TRUE(store.entries().empty());
  store.collect(group_of(1, 3, 2));
  store.end_iteration(0.0, {});
  EXPECT_TRUE(store.active(8));
  EXPECT_FALSE(store.active(9)) << "the end of replay";
  EXPECT_EQ(store.entries().size(), 3u);
  ReplayStore early({.start_solve_rate = 0.35}, 1, 8);
  early.collect(group_of(1, 3, 0));
  EXPECT_EQ(early.entries().size(), 3u);
}

TEST(ReplayEviction, OldestMostUsedAndLowestAdvantage) {
  for (const auto& [rule, left] :
       {std::pair<std::string, std::vector<int64_t>>{"oldest", {3, 4, 5, 6}},
        {"most_used", {1, 4, 5, 6}},
        {"lowest_advantage", {2, 3, 5, 6}}}) {
    ReplayStore store({.capacity = 4, .evict = rule}, 1, 8);
    store.collect(group_of(1, 3, 0));  // advantages 0.50, 0.51, 0.52
    store.collect(group_of(2, 3, 1));
    store.use(2), store.use(2), store.use(3);
    store.end_iteration(0, {});
    EXPECT_EQ(ids_of(store), left) << rule;
    EXPECT_EQ(store.counts().evicted, 2);
  }
}

TEST(ReplayEviction, AgeAndCapPerPrompt) {
  ReplayStore store({.per_prompt = 2, .max_age = 3}, 1, 8);
  store.collect(group_of(1, 3, 0));
  EXPECT_EQ(ids_of(store), (std::vector<int64_t>{2, 3})) << "the newest";
  store.collect(group_of(2, 1, 1));
  store.expire(3);
  EXPECT_EQ(store.entries().size(), 3u);
  store.expire(4);
  EXPECT_EQ(ids_of(store), (std::vector<int64_t>{4}));
  EXPECT_EQ(store.counts().expired, 2);
  EXPECT_EQ(store.prompts(), 1u);
  store.forget(key_of(2));
  EXPECT_TRUE(store.entries().empty());
  EXPECT_TRUE(store.draw_prompts(4, 4).empty());
}

TEST(ReplayPick, NewestRandomAndLowestScore) {
  const auto filled = [](ReplayConfig config) {
    ReplayStore store(std::move(config), 1, 8);
    store.collect(group_of(1, 6, 0));
    return store;
  };
  EXPECT_EQ(filled({.pick = "newest"}).pick(key_of(1), 2, 5, {}), (std::vector<int64_t>{6, 5}));
  const std::map<int64_t, double> scores = {{1, .5}, {2, .1}, {3, .9}, {4, .1}, {5, .05}, {6, 2}};
  EXPECT_EQ(filled({.pick = "entropy_min"}).pick(key_of(1), 3, 5, scores),
            (std::vector<int64_t>{5, 2, 4}));
  const ReplayStore random = filled({});
  std::set<int64_t> seen;
  for (int64_t iteration = 0; iteration < 60; ++iteration) {
    const auto now = random.pick(key_of(1), 1, iteration, {});
    EXPECT_EQ(now, random.pick(key_of(1), 1, iteration, {}));
    seen.insert(now.front());
  }
  EXPECT_EQ(seen.size(), 6u);
  EXPECT_EQ(random.pick(key_of(1), 9, 0, {}).size(), 6u);
  EXPECT_TRUE(random.pick(key_of(7), 9, 0, {}).empty());
}

TEST(ReplayAdvantage, AgainstAQuantileOfRecentRewards) {
  ReplayStore store({.admit = "any", .advantage = "recent", .quantile = 0.5, .recent_rewards = 4},
                    1, 8);
  store.collect(group_of(1, 3, 0));
  store.end_iteration(0, {0, 0, 0, 0, 0, 0, 1, 1});  // the last four: median 0.5
  EXPECT_EQ(store.candidates(key_of(1)).size(), 3u) << "wrong ones would count -0.5";
  EXPECT_DOUBLE_EQ(store.advantage_of(store.entries().at(1)), 0.5);
  store.end_iteration(0, {1, 1, 1, 1});
  EXPECT_DOUBLE_EQ(store.advantage_of(store.entries().at(1)), 0.0);
  store.end_iteration(0, {2, 2, 2, 2});
  EXPECT_TRUE(store.candidates(key_of(1)).empty());
  EXPECT_TRUE(store.draw_prompts(1, 3).empty());
}

// Plain loops of make_buckets.py; among the cases V35 of the LUFFY vectors.
TEST(ReplayBuckets, ProbabilitiesAreThoseOfTheReleasedSampler) {
  const auto file = nlohmann::json::parse(
      std::ifstream(std::string(RLR_SOURCE_DIR) + "/tests/vectors/replay/buckets.json"));
  for (const auto& own : file.at("cases")) {
    const ReplayConfig config{.buckets = own.at("buckets"),
                              .bucket_mean = own.at("mean"),
                              .bucket_sigma = own.at("sigma")};
    const auto expected = own.at("probability").get<std::vector<double>>();
    const auto probability = bucket_probabilities(
        config, own.at("right").get<std::vector<int64_t>>(), own.at("responses"));
    for (size_t b = 0; b < expected.size(); ++b)
      EXPECT_NEAR(probability[b], expected[b], 1e-12) << own;
  }
}

// V35 as published, to its digits.
TEST(ReplayBuckets, NormalWeightsCountInResponses) {
  const auto p = bucket_probabilities({.buckets = "normal"}, {1, 2, 3, 4, 5, 6, 7}, 8);
  const double expected[] = {0.0044, 0.0540, 0.2420, 0.3991, 0.2420, 0.0540, 0.0044};
  for (size_t i = 0; i < 7; ++i) EXPECT_NEAR(p[i], expected[i], 5e-5);
  const auto shifted = bucket_probabilities(
      {.buckets = "normal", .bucket_mean = 0.25, .bucket_sigma = 0.5}, {2, 3}, 8);
  EXPECT_NEAR(shifted[0], 1 / (1 + std::exp(-2.0)), 1e-12);
  EXPECT_EQ(bucket_probabilities({.buckets = "linear"}, {0}, 8), std::vector<double>{0.0});
}

TEST(ReplayBuckets, ADrawFollowsTheProbabilitiesAndNeverOverfills) {
  const std::vector<double> probability = {0.1, 0.6, 0.3};
  std::vector<double> sums(3);
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Sequence random({.seed = seed, .purpose = Purpose::order});
    const auto free = draw_buckets(10, probability, {100, 100, 100}, random);
    for (size_t b = 0; b < 3; ++b) sums[b] += static_cast<double>(free[b]) / 20000;
    const auto tight = draw_buckets(10, probability, {100, 2, 1}, random);
    EXPECT_EQ(tight, (std::vector<int64_t>{7, 2, 1}));
    EXPECT_EQ(draw_buckets(10, probability, {1, 2, 3}, random), (std::vector<int64_t>{1, 2, 3}));
    EXPECT_EQ(draw_buckets(5, {0.0, 1.0}, {9, 2}, random), (std::vector<int64_t>{0, 2}))
        << "a bucket without weight is never drawn";
  }
  for (size_t b = 0; b < 3; ++b) EXPECT_NEAR(sums[b], probability[b], 0.012);
}

TEST(ReplayBuckets, PromptsOfABucketAreDrawnAlikeAndNeverTwice) {
  ReplayStore store({.buckets = "normal"}, 3, 8);
  for (int p = 0; p < 30; ++p) store.collect(group_of(p, 1 + p % 7, 0));
  std::map<std::string, int> drawn;
  for (int64_t iteration = 0; iteration < 3000; ++iteration) {
    const auto keys = store.draw_prompts(4, iteration);
    EXPECT_EQ(keys, store.draw_prompts(4, iteration));
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 4u);
    for (const std::string& key : keys) ++drawn[key];
  }
  // Buckets 4 (p = 3, 10, 17, 24: four prompts) and 1 (five prompts).
  for (const int p : {3, 10, 17, 24}) EXPECT_NEAR(drawn[key_of(p)], 0.399 * 12000 / 4, 130) << p;
  EXPECT_LT(drawn[key_of(0)], 40);
  EXPECT_EQ(store.draw_prompts(99, 0).size(), 30u);
}

TEST(Retirement, ByPassRateOnce) {
  RetiredPrompts retired({.pass_rate = 0.9});
  EXPECT_FALSE(retired.note("a", 8, 9));
  EXPECT_TRUE(retired.note("a", 9, 10));
  EXPECT_FALSE(retired.note("a", 10, 10)) << "already";
  EXPECT_FALSE(retired.note("b", 0, 0));
  EXPECT_EQ(retired.keys(), std::set<std::string>{"a"});
  RetiredPrompts again({.pass_rate = 0.9}), off({});
  again.restore(nlohmann::json::parse(retired.state().dump()));
  EXPECT_TRUE(again.contains("a"));
  EXPECT_FALSE(off.note("a", 8, 8));
}

}  // namespace
}  // namespace rlreason::train
