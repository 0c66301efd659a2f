// Recipes that mix demonstrations in, against tests/vectors/recipes/mixed.json: loss and gradient of a whole recipe.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/support/objective_case.h"
#include "trainers/guidance/prefix_windows.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;

Json load() {
  return Json::parse(
      std::ifstream(std::string(RLR_SOURCE_DIR) + "/tests/vectors/recipes/mixed.json"));
}

TEST(MixedRecipes, LossAndGradientAreThoseOfTheFormulas) {
  const Json file = load();
  const Json& targets = file.at("targets");
  ObjectiveCase data;
  for (size_t i = 0; i < targets.at("logprob").size(); ++i)
    data.add(targets.at("sequence")[i].get<size_t>(), i,
             targets.at("source")[i] == "policy" ? Source::policy : Source::demonstration,
             targets.at("logprob")[i], targets.at("old_logprob")[i], targets.at("advantage")[i],
             0.0);
  data.sequences = data.targets.sequence.back() + 1;
  for (const Json& own : file.at("cases")) {
    SCOPED_TRACE(own.at("recipe").get<std::string>() + " " + own.at("iteration").dump());
    const auto config =
        resolve_config(own.at("recipe"), "tiny", own.at("sets").get<std::vector<std::string>>())
            .config;
    const ObjectiveResult result = evaluate_case(data, config, own.at("iteration"));
    EXPECT_NEAR(result.loss, own.at("loss").get<double>(), 1e-12);
    for (size_t i = 0; i < result.gradient.size(); ++i)
      EXPECT_NEAR(result.gradient[i], own.at("gradient")[i].get<double>(), 1e-12) << "target " << i;
  }
}

double at(const std::string& schedule, int64_t iteration) {
  const Json block = resolve_piece("schedules", config::parse_yaml(schedule, "test"), "test", "");
  return make_piece<ScheduleFunction>("schedules", block)(iteration, 1000);
}

TEST(Schedules, LinearAndSwitchAtTheirCorners) {
  const std::string linear = "{kind: linear, from: 1, to: 0.2, begin: 10, iterations: 20}";
  for (const auto& [i, value] :
       {std::pair<int64_t, double>{0, 1.0}, {10, 1.0}, {15, 0.8}, {20, 0.6}, {30, 0.2}, {99, 0.2}})
    EXPECT_NEAR(at(linear, i), value, 1e-15) << i;
  EXPECT_EQ(at("{kind: switch, before: 3, after: 5, at: 7}", 6), 3.0);
  EXPECT_EQ(at("{kind: switch, before: 3, after: 5, at: 7}", 7), 5.0);
}

TEST(SharedSchedules, AreTheScheduleItselfForTheIdentityAndUnknownOnesAreRefused) {
  const std::string policy = "components.policy.coef=", sft = "components.sft.coef=";
  const auto shared = resolve_config("chord_phi", "tiny", {});
  const auto direct =
      resolve_config("chord_phi", "tiny", {policy + "{kind: one_minus, of: 0.1}", sft + "0.1"});
  EXPECT_EQ(shared.identity, direct.identity);
  EXPECT_NE(shared.identity,
            resolve_config("chord_phi", "tiny", {"schedules.mu.value=0.2"}).identity);
  EXPECT_THROW(resolve_config("chord_phi", "tiny", {sft + "{ref: nu}"}), UserError);
  EXPECT_THROW(resolve_config("chord_phi", "tiny", {sft + "{one_minus: nu}"}), UserError);
}

// V32 of the LUFFY vectors: upper bounds of the drawn share at these 0-based iterations, 1000 iterations, largest 0.8.
TEST(LuffyVectors, V32PrefixWindows) {
  guidance::PrefixWindows falling, rising;
  rising.rising = true;
  const std::tuple<int64_t, double, double> rows[] = {
      {0, .8, .08},   {50, .8, .08},   {100, .8, .08},  {101, .72, .16}, {450, .48, .4},
      {999, .08, .8}, {1000, .08, .8}, {1001, .08, .8}, {2000, .08, .8}};
  for (const auto& [iteration, down, up] : rows) {
    EXPECT_NEAR(falling.bound(iteration), down, 1e-12) << iteration;
    EXPECT_NEAR(rising.bound(iteration), up, 1e-12) << iteration;
  }
}

// V29: one micro-batch against two, entropy coefficient 0.001; the released code sums what each micro-batch normalised.
TEST(LuffyVectors, V29SumOverMicroBatches) {
  const Json b0 =
      Json::parse(std::ifstream(std::string(RLR_SOURCE_DIR) + "/tests/vectors/luffy.json"))
          .at("meta")
          .at("B0");
  const double entropy[4][6] = {{0.2, 1.5, 0.9, 2.0, 0.1, 0.7},
                                {0.3, 0.8, 1.2, 0.2, 1.0, 0.4},
                                {0.1, 1.1, 0.6, 0.9, 0.0, 0.0},
                                {1.3, 1.9, 0.7, 0.3, 0.2, 0.0}};
  const auto loss_of = [&](const std::vector<size_t>& rows, bool constant) {
    const char* normalizer = constant ? "{kind: constant_length, length: 6, reduce: sum}"
                                      : "{kind: token_mean, over: all}";
    // The vectors' constant-length cases are without the clip, their token means with it.
    const TrainConfig config = config_of(fmt::format(
        "  - {{name: on, select: {{source: policy}}, loss: surrogate, ratio: old, clip: "
        "{1}, normalizer: {0}}}\n"
        "  - {{name: off, select: {{source: demonstration}}, loss: surrogate, ratio: "
        "one, shape: {{kind: p_over_p_plus, gamma: 0.1}}, normalizer: {0}}}\n"
        "  - {{name: entropy, loss: entropy, normalizer: token_mean, coef: 0.001}}\n",
        normalizer, constant ? "none" : "ppo"));
    ObjectiveCase data;
    data.sequences = 4;
    std::vector<double> own_entropy;
    for (const size_t row : rows)
      for (size_t t = 0; t < 6; ++t) {
        if (b0.at("eos_mask")[row][t] == 0) continue;
        data.add(row, t, b0.at("prefix_mask")[row][t] == 1 ? Source::demonstration : Source::policy,
                 b0.at("log_prob")[row][t], b0.at("old_log_prob")[row][t],
                 b0.at("advantages")[row][t], 0);
        own_entropy.push_back(entropy[row][t]);
      }
    Streams streams;
    streams.put("logprob", at::tensor(data.logprob, at::kDouble));
    streams.put("old_logprob", at::tensor(data.old_logprob, at::kDouble));
    streams.put("advantage", at::tensor(data.advantage, at::kDouble));
    streams.put("entropy", at::tensor(own_entropy, at::kDouble));
    const Objective objective(config);
    return objective.evaluate(data.targets, streams, objective.count(data.targets, 4, streams), 0)
        .loss.item<double>();
  };
  EXPECT_NEAR(loss_of({0, 1, 2, 3}, true), -0.6283670735, 1e-8);
  EXPECT_NEAR(loss_of({0, 2}, true) + loss_of({1, 3}, true), -0.6291588411, 1e-8);
  EXPECT_NEAR(loss_of({0, 1, 2, 3}, false), -0.1836921524, 1e-8);
  EXPECT_NEAR(loss_of({0, 2}, false) + loss_of({1, 3}, false), -0.3805003938, 1e-8);
}

}  // namespace
}  // namespace rlreason::train
