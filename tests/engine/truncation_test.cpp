// Top-k, min-p and top-p against a twin that sorts, and through the generator.
#include "core/engine/generation/truncation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "core/engine/generation/generator.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/support/small_model.h"

namespace rlreason::engine {
namespace {

// The definition, word by word: sort, cut by count, by height, by mass.
std::set<int32_t> kept_by_sorting(const std::vector<float>& weights, const Truncation& cut) {
  std::vector<int32_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return weights[static_cast<size_t>(a)] > weights[static_cast<size_t>(b)];
  });
  if (cut.top_k > 0) order.resize(std::min(order.size(), static_cast<size_t>(cut.top_k)));
  const double most = weights[static_cast<size_t>(order[0])];
  std::erase_if(order,
                [&](int32_t id) { return weights[static_cast<size_t>(id)] < cut.min_p * most; });
  double total = 0, mass = 0;
  for (const int32_t id : order) total += weights[static_cast<size_t>(id)];
  std::set<int32_t> kept;
  for (const int32_t id : order) {
    if (mass >= cut.top_p * total) break;
    kept.insert(id);
    mass += weights[static_cast<size_t>(id)];
  }
  return kept;
}

TEST(Truncation, DrawsFromWhatSortingKeeps) {
  Sequence random({.seed = 4, .purpose = Purpose::noise});
  std::vector<int32_t> scratch;
  for (int round = 0; round < 60; ++round) {
    std::vector<float> weights(static_cast<size_t>(random.between(1, 40)));
    for (float& w : weights) w = static_cast<float>(random.between(1, 64)) / 64;  // exact, with ties
    const Truncation cut{.top_p = random.uniform() * 0.98 + 0.01,
                         .top_k = static_cast<int32_t>(random.between(0, 12)),
                         .min_p = round % 3 == 0 ? 0.25 : 0};
    const std::set<int32_t> kept = kept_by_sorting(weights, cut);
    double mass = 0;
    for (const int32_t id : kept) mass += weights[static_cast<size_t>(id)];
    std::set<int32_t> seen;
    for (int i = 0; i < 400; ++i) {
      const double u = (i + 0.5) / 400;
      const TruncatedToken drawn = draw_truncated(weights, cut, u, scratch);
      double below = 0;
      for (const int32_t id : kept)
        if (id < drawn.token) below += weights[static_cast<size_t>(id)] / mass;
      const double own = weights[static_cast<size_t>(drawn.token)] / mass;
      ASSERT_TRUE(kept.contains(drawn.token));
      EXPECT_LE(below, u + 1e-9);
      EXPECT_GE(below + own, u - 1e-9);
      EXPECT_NEAR(drawn.logprob, std::log(own), 1e-6);
      seen.insert(drawn.token);
    }
    EXPECT_EQ(seen, kept);
  }
}

TEST(Truncation, NeverKeepsNothing) {
  std::vector<int32_t> scratch;
  const std::vector<float> weights{0, 1, 0.5f, 0};
  EXPECT_EQ(draw_truncated(weights, {.top_p = 1e-9}, 0.99, scratch).token, 1);
  EXPECT_EQ(draw_truncated(weights, {.min_p = 1}, 0.99, scratch).token, 1);
  EXPECT_EQ(draw_truncated(weights, {.top_k = 1}, 0.99, scratch).token, 1);
  EXPECT_EQ(draw_truncated(weights, {.top_p = 1}, std::nextafter(1.0, 0), scratch).token, 2);
}

GenerationRequest request(Truncation cut, double temperature = 1) {
  return {.id = 0,
          .prompt_ids = {1, 2, 3},
          .key = {.seed = 3, .purpose = Purpose::evaluation, .prompt = 9},
          .sample_count = 64,
          .max_new_tokens = 6,
          .temperature = temperature,
          .truncation = cut};
}

TEST(Truncation, TheGeneratorRecordsBothDistributions) {
  Policy policy(testing_support::small_model(23));
  policy.initialise(5);
  const GenerationRequest plain = request({}), all = request({.top_p = 1, .top_k = 23});
  const GenerationRequest cut = request({.top_p = 0.5});
  const auto a = generate_all(policy, {}, {&plain, 1}), b = generate_all(policy, {}, {&all, 1}),
             c = generate_all(policy, {}, {&cut, 1});
  std::set<int32_t> first_plain, first_cut;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].response_ids, b[i].response_ids);  // top_k = V cuts nothing
    EXPECT_EQ(a[i].behavior_logprob, a[i].old_logprob);
    first_plain.insert(a[i].response_ids[0]);
    first_cut.insert(c[i].response_ids[0]);
    for (size_t t = 0; t < c[i].old_logprob.size(); ++t)
      EXPECT_GE(c[i].behavior_logprob[t] - c[i].old_logprob[t], std::log(1.0f));
  }
  EXPECT_LT(first_cut.size(), first_plain.size());
  // The first token's untruncated log-prob has the bits that a plain draw of the same token has.
  std::map<int32_t, float> known;
  for (const auto& sample : a) known[sample.response_ids[0]] = sample.old_logprob[0];
  for (const auto& sample : c)
    if (const auto it = known.find(sample.response_ids[0]); it != known.end()) {
      EXPECT_EQ(it->second, sample.old_logprob[0]);
    }
}

TEST(Truncation, GreedyIgnoresItAndBadValuesAreRefused) {
  Policy policy(testing_support::small_model(23));
  policy.initialise(5);
  const GenerationRequest plain = request({}, 0), cut = request({.top_p = 0.3}, 0);
  EXPECT_EQ(generate_all(policy, {}, {&plain, 1})[0].response_ids,
            generate_all(policy, {}, {&cut, 1})[0].response_ids);
  for (const Truncation bad :
       {Truncation{.top_p = 0}, Truncation{.top_p = 1.5}, Truncation{.top_p = std::nan("")},
        Truncation{.top_k = -1}, Truncation{.min_p = -0.1}, Truncation{.min_p = 2}}) {
    const GenerationRequest wrong = request(bad);
    EXPECT_THROW(generate_all(policy, {}, {&wrong, 1}), UserError);
  }
}

TEST(Truncation, StopTokensEndAResponse) {
  Policy policy(testing_support::small_model(23));
  policy.initialise(5);
  GenerationRequest stopping = request({});
  for (int32_t id = 0; id < 12; ++id) stopping.stop_ids.push_back(id);
  for (const auto& sample : generate_all(policy, {}, {&stopping, 1})) {
    for (size_t t = 0; t + 1 < sample.response_ids.size(); ++t)
      EXPECT_GE(sample.response_ids[t], 12);
    EXPECT_EQ(sample.finish == FinishReason::eos, sample.response_ids.back() < 12);
  }
}

}  // namespace
}  // namespace rlreason::engine
