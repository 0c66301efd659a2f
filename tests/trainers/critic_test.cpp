// Who earned a reward: estimators against vectors, whitening and the value loss by hand, and a critic that learns and resumes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/config/parse.h"
#include "core/engine/checkpoint/safetensors.h"
#include "core/error.h"
#include "tests/support/scratch.h"
#include "tests/support/small_model.h"
#include "trainers/catalog/recipe.h"
#include "trainers/credit.h"
#include "trainers/critic_update.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;

CreditFunction gae(const std::string& settings = "") {
  return make_piece<CreditFunction>(
      "critics", resolve_piece("critics", config::parse_yaml("{kind: gae" + settings + "}", "test"),
                               "critic.estimator", ""));
}

TEST(Credit, GeneralisedAdvantagesAreTheSumsOfThePaper) {
  std::ifstream stream(std::string(RLR_SOURCE_DIR) + "/tests/vectors/pieces/critics/gae.json");
  for (const Json& own : Json::parse(stream).at("cases")) {
    Json block = own.at("settings");
    block["kind"] = "gae";
    const CreditFunction credit = make_piece<CreditFunction>(
        "critics", resolve_piece("critics", config::from_json(block), "critic.estimator", ""));
    const auto advantage =
        credit(own.at("earned"), own.at("value").get<std::vector<double>>());
    const auto expected = own.at("advantage").get<std::vector<double>>();
    ASSERT_EQ(advantage.size(), expected.size());
    for (size_t t = 0; t < expected.size(); ++t)
      EXPECT_NEAR(advantage[t], expected[t], 1e-12) << own.at("name") << " token " << t;
  }
}

TEST(Credit, OnlyThePolicysTokensAreValued) {
  const TargetSet facts{.sequence = {0, 0, 0, 1, 1},
                        .source = {Source::demonstration, Source::policy, Source::policy,
                                   Source::demonstration, Source::policy},
                        .prompt = {},
                        .reward = {},
                        .block = {}};
  const double nan = std::nan("");
  const Credit credit =
      credit_tokens(gae(), facts, {1, 1, 1, 0.5, 0.5}, {nan, 0.25, 0.75, nan, -1.0});
  EXPECT_EQ(credit.advantage, (std::vector<double>{1, 0.75, 0.25, 0.5, 1.5}));
  EXPECT_EQ(credit.target[1], 1.0);
  EXPECT_EQ(credit.target[2], 1.0);
  EXPECT_EQ(credit.target[4], 0.5);
}

TEST(Credit, WhiteningSpansPartsAndLeavesOthersTokensAlone) {
  const TargetSet one{.sequence = {0, 0},
                      .source = {Source::policy, Source::demonstration},
                      .prompt = {},
                      .reward = {},
                      .block = {}};
  const TargetSet two{.sequence = {0, 0},
                      .source = {Source::policy, Source::policy},
                      .prompt = {},
                      .reward = {},
                      .block = {}};
  std::vector<double> first = {1.0, 9.0}, second = {2.0, 6.0};
  whiten({{&one, &first}, {&two, &second}}, [](std::vector<double>&) {});
  const double deviation = std::sqrt((4.0 + 1.0 + 9.0) / 2 + 1e-8);  // of 1, 2, 6 around 3
  EXPECT_NEAR(first[0], -2 / deviation, 1e-12);
  EXPECT_EQ(first[1], 9.0);
  EXPECT_NEAR(second[0], -1 / deviation, 1e-12);
  EXPECT_NEAR(second[1], 3 / deviation, 1e-12);
  // Two ranks with the same tokens each: the same mean, n - 1 of twice as many.
  first = {1.0, 9.0}, second = {2.0, 6.0};
  whiten({{&one, &first}, {&two, &second}}, [](std::vector<double>& sums) {
    for (double& sum : sums) sum *= 2;
  });
  EXPECT_NEAR(first[0], -2 / std::sqrt(28.0 / 5 + 1e-8), 1e-12);
}

TEST(Credit, ALoneTokenIsNotWhitened) {
  const TargetSet facts{
      .sequence = {0}, .source = {Source::policy}, .prompt = {}, .reward = {}, .block = {}};
  std::vector<double> advantage = {0.7};
  whiten({{&facts, &advantage}}, [](std::vector<double>&) {});
  EXPECT_EQ(advantage[0], 0.7);
}

TEST(ValueLoss, TakesTheWorseOfPlainAndClamped) {
  // Before 0, target 1, clip 0.5: up to 0.5 both are one.
  EXPECT_NEAR(value_loss(0.4, 0.0, 1.0, 0.5).loss, 0.18, 1e-15);
  EXPECT_NEAR(value_loss(0.4, 0.0, 1.0, 0.5).slope, -0.6, 1e-15);
  // Nearer the target than the clamp allows: no further pull.
  EXPECT_NEAR(value_loss(0.9, 0.0, 1.0, 0.5).loss, 0.125, 1e-15);
  EXPECT_EQ(value_loss(0.9, 0.0, 1.0, 0.5).slope, 0.0);
  EXPECT_TRUE(value_loss(0.9, 0.0, 1.0, 0.5).clipped);
  // Away from the target: pulled back however far.
  EXPECT_NEAR(value_loss(-0.9, 0.0, 1.0, 0.5).slope, -1.9, 1e-15);
  EXPECT_NEAR(value_loss(0.9, 0.0, 1.0, 0.0).slope, -0.1, 1e-15);
  for (double value = -2; value < 2; value += 0.0625) {
    if (value == 0.5 || value == -0.5 || value == 1.5) continue;  // corners
    const auto at = [&](double v) { return value_loss(v, 0.0, 1.0, 0.5); };
    EXPECT_NEAR((at(value + 1e-6).loss - at(value - 1e-6).loss) / 2e-6, at(value).slope, 1e-6);
  }
}

TrainConfig config_with(const std::string& critic) {
  TrainConfig config = config::parse<TrainConfig>(config::parse_yaml(
      "components: [{name: policy, loss: surrogate, clip: ppo}]\ncritic: {estimator: gae, " +
          critic + "}\n",
      "test"));
  resolve_pieces(config);
  return config;
}

// Two prompts of which one is always answered right; two micro-batches.
std::vector<MiniBatch> solved_and_not(int64_t micro_batch_tokens = 12) {
  std::vector<Group> groups(2);
  for (int32_t g = 0; g < 2; ++g) {
    groups[static_cast<size_t>(g)].drawn.prompt_ids = {2 + g, 5, 7};
    for (int32_t s = 0; s < 2; ++s) {
      Trajectory own;
      own.response_ids = {9, 10 + s, 12};
      own.spans = {{.begin = 0, .end = 3}};
      own.advantage = g == 0 ? 1.0 : 0.0;
      groups[static_cast<size_t>(g)].trajectories.push_back(own);
    }
  }
  return pack(groups, 1, micro_batch_tokens);
}

engine::Policy small_policy() {
  engine::Policy policy(testing_support::small_model(20));
  policy.initialise(1);
  return policy;
}

TEST(CriticUpdater, LearnsWhatEachPromptIsWorth) {
  const TrainConfig config = config_with("lr: 0.01, whiten: false");
  const auto communicator = engine::local_communicator();
  CriticUpdater critic(config, small_policy(), *communicator);
  std::vector<CriticReport> reports;
  for (int64_t iteration = 0; iteration < 40; ++iteration) {
    std::vector<MiniBatch> batches = solved_and_not();
    ASSERT_EQ(batches.front().micro_batches.size(), 2u);
    critic.credit(batches, iteration, reports.emplace_back());
    if (iteration == 0) {
      for (const MicroBatch& batch : batches.front().micro_batches) {
        EXPECT_EQ(batch.value, std::vector<double>(batch.value.size(), 0.0));
        EXPECT_EQ(batch.advantage, batch.value_target);
      }
    }
    critic.step(batches.front(), 1.0, iteration, reports.back());
  }
  EXPECT_NEAR(reports.front().explained_variance().value(), 0.0, 1e-12);
  EXPECT_GT(reports.back().explained_variance().value(), 0.9);
  EXPECT_LT(reports.back().loss, 0.1 * reports.front().loss);
  EXPECT_EQ(reports.back().tokens, 12.0);
}

TEST(CriticUpdater, WhitensAdvantagesAndNotWhatItLearns) {
  const auto communicator = engine::local_communicator();
  CriticUpdater critic(config_with("lr: 0.01"), small_policy(), *communicator);
  std::vector<MiniBatch> batches = solved_and_not();
  CriticReport report;
  critic.credit(batches, 0, report);
  std::vector<double> advantage, target;
  for (const MicroBatch& batch : batches.front().micro_batches) {
    advantage.insert(advantage.end(), batch.advantage.begin(), batch.advantage.end());
    target.insert(target.end(), batch.value_target.begin(), batch.value_target.end());
  }
  // Six tokens of a solved prompt and six of the other: 1 and 0 around 1/2, 12 (1/2)^2 / 11.
  const double size = 0.5 / std::sqrt(3.0 / 11 + 1e-8);
  for (size_t r = 0; r < 12; ++r) {
    EXPECT_NEAR(advantage[r], r < 6 ? size : -size, 1e-12);
    EXPECT_EQ(target[r], r < 6 ? 1.0 : 0.0);
  }
}

TEST(CriticUpdater, StepsOnTheMeanOverTokens) {
  const auto communicator = engine::local_communicator();
  std::vector<double> norms;
  for (const int64_t copies : {1, 3}) {
    CriticUpdater critic(config_with("lr: 0.01"), small_policy(), *communicator);
    std::vector<MiniBatch> batches = solved_and_not();
    CriticReport report;
    critic.credit(batches, 0, report);
    const std::vector<MicroBatch> once = batches.front().micro_batches;
    for (int64_t i = 1; i < copies; ++i)
      batches.front().micro_batches.insert(batches.front().micro_batches.end(), once.begin(),
                                           once.end());
    critic.step(batches.front(), 1.0, 0, report);
    norms.push_back(report.grad_norm);
  }
  EXPECT_GT(norms[0], 0.0);
  EXPECT_NEAR(norms[0], norms[1], 1e-5 * norms[0]);
}

TEST(CriticUpdater, StepsAlikeInAnyMicroBatches) {
  const TrainConfig config = config_with("lr: 0.01");
  const auto communicator = engine::local_communicator();
  std::vector<std::vector<double>> values(2);
  for (const size_t whole : {0u, 1u}) {
    CriticUpdater critic(config, small_policy(), *communicator);
    CriticReport report;
    for (int64_t iteration = 0; iteration < 3; ++iteration) {
      std::vector<MiniBatch> batches = solved_and_not(whole == 1 ? 1000 : 12);
      ASSERT_EQ(batches.front().micro_batches.size(), whole == 1 ? 1u : 2u);
      critic.credit(batches, iteration, report);
      critic.step(batches.front(), 1.0, iteration, report);
      for (const MicroBatch& batch : batches.front().micro_batches)
        for (const std::vector<double>& own : {batch.value, batch.advantage})
          values[whole].insert(values[whole].end(), own.begin(), own.end());
    }
  }
  std::sort(values[0].begin(), values[0].end());  // values and advantages alternate by micro-batch
  std::sort(values[1].begin(), values[1].end());
  ASSERT_EQ(values[0].size(), values[1].size());
  for (size_t i = 0; i < values[0].size(); ++i) EXPECT_NEAR(values[0][i], values[1][i], 1e-4);
}

TEST(CriticUpdater, GoesOnFromACheckpointBitForBit) {
  const testing_support::Scratch scratch;
  const TrainConfig config = config_with("lr: 0.01");
  const auto communicator = engine::local_communicator();
  const auto run = [&](CriticUpdater& critic, int64_t from, int64_t to) {
    CriticReport report;
    for (int64_t iteration = from; iteration < to; ++iteration) {
      std::vector<MiniBatch> batches = solved_and_not();
      critic.credit(batches, iteration, report);
      critic.step(batches.front(), 1.0, iteration, report);
    }
    return report;
  };
  CriticUpdater whole(config, small_policy(), *communicator);
  run(whole, 0, 3);
  whole.save(scratch.path());
  const CriticReport expected = run(whole, 3, 6);
  CriticUpdater resumed(config, small_policy(), *communicator);
  resumed.restore(scratch.path(), 3);
  const CriticReport report = run(resumed, 3, 6);
  EXPECT_EQ(report.loss, expected.loss);
  EXPECT_EQ(report.value, expected.value);
  EXPECT_EQ(report.grad_norm, expected.grad_norm);
  const testing_support::Scratch empty;
  engine::write_safetensors(empty / "critic.safetensors", {});
  EXPECT_THROW(resumed.restore(empty.path(), 3), DataError);
}

}  // namespace
}  // namespace rlreason::train
