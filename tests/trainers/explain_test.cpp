// `rlreason objective` against the LUFFY repository's numbers (tests/vectors/luffy.json) and against sums done by hand.
#include "trainers/explain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "core/error.h"
#include "tests/support/luffy_vectors.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;
constexpr double kTolerance = 1e-5;

Json explained(const std::string& recipe, const std::vector<std::string>& sets, const Json& groups,
               int64_t iteration = 0) {
  const TrainConfig config = resolve_config(recipe, "tiny", sets).config;
  const TokenLine line = parse_token_line({{"groups", groups}}, "test:1");
  check_token_line(line, config);
  return Explainer(config).explain(line, iteration);
}

// The batch B0 as one group with given advantages; rows 0 and the start of row 3 are demonstration.
Json b0_groups(bool whole_rows) {
  const Json& b0 = luffy_vectors().at("meta").at("B0");
  Json sequences = Json::array(), advantages = Json::array();
  for (size_t row = 0; row < 4; ++row) {
    Json own = {{"entropy", Json::array()},
                {"logprob", Json::array()},
                {"old_logprob", Json::array()},
                {"source", Json::array()}};
    const bool mixed = b0.at("prefix_mask")[row][0] == 1;
    for (size_t column = 0; column < 6 && b0.at("eos_mask")[row][column] == 1; ++column) {
      const bool demonstration = whole_rows ? mixed : b0.at("prefix_mask")[row][column] == 1;
      own["logprob"].push_back(b0.at("log_prob")[row][column]);
      own["old_logprob"].push_back(b0.at("old_log_prob")[row][column]);
      own["entropy"].push_back(1.0);
      own["source"].push_back(demonstration ? "demonstration" : "policy");
    }
    sequences.push_back(own);
    advantages.push_back(b0.at("advantages")[row][0]);
  }
  return {{{"advantages", advantages}, {"sequences", sequences}}};
}

void expect_b0(const Json& result, const Json& expected, const char* loss, const char* gradient) {
  EXPECT_NEAR(result.at("loss").get<double>(), expected.at(loss).get<double>(), kTolerance);
  const Json& sequences = result.at("groups")[0].at("sequences");
  for (size_t row = 0; row < 4; ++row)
    for (size_t t = 0; t < sequences[row].at("dloss_dlogprob").size(); ++t)
      EXPECT_NEAR(sequences[row].at("dloss_dlogprob")[t].get<double>(),
                  expected.at(gradient)[row][t].get<double>(), kTolerance)
          << "row " << row << " token " << t;
}

const std::vector<std::string> kB0Sets = {
    "components.entropy.coef=0", "components.policy.normalizer.length=6",
    "components.policy.normalizer.reduce=sum", "components.demonstration.normalizer.length=6",
    "components.demonstration.normalizer.reduce=sum"};

TEST(Explain, LuffyGivesItsOwnRepositorysNumbers) {
  expect_b0(explained("luffy", kB0Sets, b0_groups(false)), vector_of("V07").at("expected"),
            "pg_loss", "d_pg_loss_d_log_prob");
  expect_b0(explained("mixed_policy_shaping", kB0Sets, b0_groups(false)),
            vector_of("V08").at("expected"), "pg_loss", "d_pg_loss_d_log_prob");
  for (const auto& [id, gamma] : {std::pair{"V09", "0.3"}, {"V10", "0.5"}}) {
    std::vector<std::string> sets = kB0Sets;
    sets.push_back(std::string("components.demonstration.shape.gamma=") + gamma);
    expect_b0(explained("luffy", sets, b0_groups(false)), vector_of(id).at("expected"), "pg_loss",
              "d_pg_loss_d_log_prob");
  }
  std::vector<std::string> sets = {kB0Sets[0], kB0Sets[1], kB0Sets[2], "components.sft.coef=1"};
  const Json both = explained("rl_with_sft_loss", sets, b0_groups(true));
  expect_b0(both, vector_of("V24").at("expected"), "total", "d_total_d_log_prob");
  EXPECT_NEAR(both.at("components")[1].at("value").get<double>(), 1.281, kTolerance);
}

TEST(Explain, AdvantagesAreThoseOfTheVectors) {
  for (const auto& [id, recipe] : {std::pair{"V01", "luffy"}, {"V03", "rl_with_sft_loss"}}) {
    const Json& own = vector_of(id);
    Json groups = Json::array();
    for (size_t g = 0; g < 4; ++g) {
      Json sequences = Json::array();
      for (size_t s = 0; s < 8; ++s)
        sequences.push_back({{"source", s == 0 ? "demonstration" : "policy"},
                             {"logprob", {-1.0}},
                             {"old_logprob", {-1.0}},
                             {"entropy", {1.0}}});
      groups.push_back(
          {{"rewards", Json(std::vector<double>(
                           own.at("inputs").at("rewards").begin() + static_cast<long>(8 * g),
                           own.at("inputs").at("rewards").begin() + static_cast<long>(8 * g + 8)))},
           {"sequences", sequences}});
    }
    const Json result = explained(recipe, {}, groups);
    for (size_t i = 0; i < 32; ++i)
      EXPECT_NEAR(result.at("groups")[i / 8].at("sequences")[i % 8].at("advantage").get<double>(),
                  own.at("expected").at("advantage_per_sequence")[i].get<double>(), kTolerance)
          << id << " sequence " << i;
  }
}

// Rewards 1, 0, 0, 0: mean 1/4, so A = 3/4 and three times -1/4.  Ratios e^0.1, e^-0.5, 1, 2 against a clip at 0.8 and 1.2, length 10:
// token 2 of the right answer lies above the bound (no gradient), token 1 of the second below it with A < 0 (no gradient).
TEST(Explain, OnPolicyByHand) {
  const auto sequence = [](std::vector<double> now, std::vector<double> old) {
    return Json{
        {"logprob", now}, {"old_logprob", old}, {"entropy", std::vector<double>(now.size(), 0.5)}};
  };
  const Json groups = {
      {{"rewards", {1, 0, 0, 0}},
       {"sequences",
        {sequence({-1.0, -1.0}, {-1.1, -1.0 - std::log(2.0)}), sequence({-2.0}, {-1.5}),
         sequence({-1.0}, {-1.0}), sequence({-0.7}, {-0.7 - std::log(2.0)})}}}};
  const Json result =
      explained("on_policy",
                {"components.policy.normalizer.length=10", "components.entropy.coef=0.1"}, groups);
  const double weight = 1.0 / (10 * 4);
  const std::vector<std::vector<double>> expected = {
      {-0.75 * std::exp(0.1) * weight, 0.0}, {0.0}, {0.25 * weight}, {0.25 * 2 * weight}};
  for (size_t s = 0; s < 4; ++s)
    for (size_t t = 0; t < expected[s].size(); ++t) {
      EXPECT_NEAR(result.at("groups")[0].at("sequences")[s].at("dloss_dlogprob")[t].get<double>(),
                  expected[s][t], 1e-12)
          << s << " " << t;
      EXPECT_NEAR(result.at("groups")[0].at("sequences")[s].at("dloss_dentropy")[t].get<double>(),
                  -0.1 / 5, 1e-12);
    }
  const double surrogate = 0.75 * (std::exp(0.1) + 1.2) - 0.25 * (0.8 + 1.0 + 2.0);
  EXPECT_NEAR(result.at("loss").get<double>(), -surrogate * weight - 0.1 * 0.5, 1e-12);
  EXPECT_NEAR(result.at("components")[0].at("clipped_share").get<double>(), 2.0 / 5, 1e-12);
  EXPECT_EQ(result.at("components")[1].at("coefficient"), 0.1);
  EXPECT_EQ(result.at("metrics").at("targets"), 5);
}

// Rewards 1 and 0, undiscounted: what a token earned is the reward less its value; whitened over the four tokens.
TEST(Explain, ACriticGivesEachTokenItsOwnAdvantage) {
  const Json groups = {{{"rewards", {1.0, 0.0}},
                        {"sequences",
                         {{{"logprob", {-1.0, -2.0, -1.0}},
                           {"old_logprob", {-1.0, -2.0, -1.0}},
                           {"value", {0.25, 0.5, 1.0}}},
                          {{"logprob", {-0.5}}, {"old_logprob", {-0.5}}, {"value", {0.25}}}}}}};
  const Json result = explained("ppo_clip", {}, groups);
  const std::vector<double> raw = {0.75, 0.5, 0.0, -0.25};  // mean 0.25, squares 0.25 + 0.0625 + 0.0625 + 0.25
  const double deviation = std::sqrt(0.625 / 3 + 1e-8);
  for (size_t r = 0; r < 4; ++r) {
    const Json& own = result.at("groups")[0].at("sequences")[r < 3 ? 0 : 1];
    const size_t t = r < 3 ? r : 0;
    const double advantage = (raw[r] - 0.25) / deviation;
    EXPECT_NEAR(own.at("token_advantage")[t].get<double>(), advantage, 1e-12);
    EXPECT_NEAR(own.at("dloss_dlogprob")[t].get<double>(), -advantage / 4, 1e-12);
  }
  EXPECT_EQ(result.at("groups")[0].at("sequences")[0].at("advantage"), 1.0);
}

TEST(Explain, TokensThatAreNotTrainedAreNoTargets) {
  Json groups = {
      {{"sequences",
        {{{"source", "demonstration"}, {"logprob", {-1.0, -2.0}}, {"trained", {true, false}}}}}}};
  const Json result = explained("sft", {}, groups);
  EXPECT_EQ(result.at("groups")[0].at("sequences")[0].at("dloss_dlogprob"), Json({-1.0, 0.0}));
  EXPECT_EQ(result.at("loss"), 1.0);
  groups[0]["sequences"][0]["trained"] = {false, false};
  EXPECT_EQ(explained("sft", {}, groups).at("loss"), 0.0);
}

TEST(Explain, SchedulesAreAskedForTheIteration) {
  const Json groups = {{{"sequences", {{{"source", "demonstration"}, {"logprob", {-1.0}}}}}}};
  const std::vector<std::string> sets = {"components.ce.coef={kind: warmup, iterations: 4}"};
  EXPECT_EQ(explained("sft", sets, groups, 0).at("components")[0].at("coefficient"), 0.25);
  EXPECT_EQ(explained("sft", sets, groups, 1).at("loss"), 0.5);
  EXPECT_EQ(explained("sft", sets, groups, 9).at("loss"), 1.0);
}

}  // namespace
}  // namespace rlreason::train
