// Where papers, their code and other codebases disagree in ways that nobody sees from outside: which side each recipe takes.
// The numbers are those of the survey of methods' code; each test is one trap.
#include <gtest/gtest.h>

#include <cmath>

#include "core/config/parse.h"
#include "core/error.h"
#include "tests/support/objective_case.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

TrainConfig recipe(const std::string& name, const std::vector<std::string>& sets = {}) {
  return resolve_config(name, "tiny", sets).config;
}

nlohmann::json piece(const TrainConfig& config, size_t component, const char* member) {
  return config::to_json(config.components.at(component)).at(member);
}

std::vector<double> advantages(const std::string& name, const std::vector<double>& rewards,
                               const std::vector<Source>& sources) {
  GroupFacts facts;
  for (size_t s = 0; s < rewards.size(); ++s) {
    facts.group.push_back(0);
    facts.source.push_back(sources[s]);
    facts.outcome.push_back(rewards[s] > 0 ? data::Outcome::right : data::Outcome::wrong);
    facts.reward.push_back(rewards[s]);
    facts.length.push_back(4);
    facts.truncated.push_back(false);
  }
  return make_piece<AdvantageFunction>("advantages",
                                       config::to_json(recipe(name).advantage))(facts);
}

// One target of log-prob lp, old log-prob old: the gradient of a component.
double gradient(const std::string& component, double lp, double old, double advantage,
                double behavior = -1.0) {
  ObjectiveCase one;
  one.add(0, 0, Source::policy, lp, old, advantage, behavior);
  one.ref_logprob = {old};
  one.sequences = 1;
  return evaluate_case(one, config_of("  - " + component + "\n")).gradient[0];
}

TEST(Traps, LuffySumsOverSequencesOnlyInTheRecipeThatSaysSo) {
  EXPECT_EQ(piece(recipe("luffy"), 0, "normalizer").at("reduce"), "mean");
  EXPECT_EQ(piece(recipe("luffy_verl"), 0, "normalizer").at("reduce"), "sum");
  EXPECT_EQ(recipe("luffy_verl").update.loss_scale, "verl");
}

TEST(Traps, LuffyHasNoClipAtTwoStepsAnIteration) {
  for (const size_t component : {0u, 1u})
    EXPECT_EQ(piece(recipe("luffy"), component, "clip").at("kind"), "none");
  EXPECT_EQ(recipe("luffy").update.mini_batches, 2);
}

TEST(Traps, LuffysDemonstrationIsInItsBaseline) {
  std::vector<Source> sources(8, Source::policy);
  sources[0] = Source::demonstration;
  const std::vector<double> failed = advantages("luffy", {1, 0, 0, 0, 0, 0, 0, 0}, sources);
  EXPECT_DOUBLE_EQ(failed[0], 0.875);
  EXPECT_DOUBLE_EQ(failed[7], -0.125);
  EXPECT_EQ(advantages("luffy", std::vector<double>(8, 1.0), sources), std::vector<double>(8, 0.0));
  const std::vector<double> split =
      advantages("rl_with_sft_loss", {1, 1, 0, 0, 0, 0, 0, 0}, sources);
  EXPECT_DOUBLE_EQ(split[1], 6.0 / 7.0) << "seven responses of the policy";
}

TEST(Traps, GroupsWithoutADifferenceWeighOnATokenMeanAndNotOnAConstantLength) {
  ObjectiveCase both, one;
  for (ObjectiveCase* own : {&both, &one}) {
    for (size_t row = 0; row < 2; ++row)
      own->add(row, 0, Source::policy, -1, -1, row == 0 ? 1 : -1, -1);
    own->sequences = 2;
  }
  for (size_t row = 2; row < 4; ++row) both.add(row, 0, Source::policy, -1, -1, 0, -1);
  both.sequences = 4;
  const auto slope = [](const ObjectiveCase& own, const std::string& normalizer) {
    return evaluate_case(
               own, config_of("  - {name: pg, loss: surrogate, normalizer: " + normalizer + "}\n"))
        .gradient[0];
  };
  EXPECT_DOUBLE_EQ(slope(both, "token_mean"), slope(one, "token_mean") / 2);
  EXPECT_DOUBLE_EQ(slope(both, "{kind: constant_length, length: 8, reduce: sum}"),
                   slope(one, "{kind: constant_length, length: 8, reduce: sum}"));
}

TEST(Traps, ALongDemonstrationStopsTheRunUnlessTheSourceSaysOtherwise) {
  for (const SourceConfig& source : recipe("luffy").data)
    EXPECT_EQ(source.long_demonstrations, "error") << "a cut one would teach endless text";
}

TEST(Traps, CispoCapsTheRatioAtOnePlusEpsilon) {
  const nlohmann::json clip = piece(recipe("cispo"), 0, "clip");
  EXPECT_GT(clip.at("cap").get<double>(), 1.0);
  const double cap = clip.at("cap");
  EXPECT_NEAR(
      gradient(fmt::format("{{name: pg, loss: reinforce, clip: {{kind: upper, cap: {}}}}}", cap),
               std::log(0.9), std::log(0.1), 1.0),
      -cap, 1e-12);
}

TEST(Traps, BapoBalancesARatioOfContributionsNotAShare) {
  EXPECT_EQ(piece(recipe("bapo"), 0, "clip").at("target"), 1.0);
}

TEST(Traps, ToprTakesTokensAsTheCodeAndSequencesOnRequest) {
  EXPECT_EQ(piece(recipe("topr"), 0, "ratio").at("level"), "token");
  EXPECT_EQ(
      piece(recipe("topr", {"components.policy.ratio.level=seq_sum"}), 0, "ratio").at("level"),
      "seq_sum");
}

TEST(Traps, APenaltyHasAGradient) {
  EXPECT_NE(gradient("{name: kl, loss: {kind: divergence, estimator: k2}}", -1.0, -1.5, 0.0), 0.0);
}

TEST(Traps, AGroupOfOneIsRefusedOrKeepsItsReward) {
  EXPECT_THROW(recipe("grpo", {"slots=[{source: policy, n: 1}]"}), UserError);
  const std::string raw = "{kind: group_baseline, singleton: raw, scale: group_std, epsilon: 0}";
  GroupFacts one{.group = {0},
                 .source = {Source::policy},
                 .outcome = {data::Outcome::right},
                 .reward = {0.7},
                 .length = {3},
                 .truncated = {false},
                 .greedy_reward = {}};
  const auto own = make_piece<AdvantageFunction>(
      "advantages", resolve_piece("advantages", config::parse_yaml(raw, "test"), "advantage", ""));
  EXPECT_DOUBLE_EQ(own(one)[0], 0.7);
}

// With d = log q - log p: k3 has 1 - exp(d), that of the forward KL on samples of p; k2 has -d, that of the reverse KL.
TEST(Traps, K3AsALossHasTheForwardKlsGradient) {
  const double lp = -1.0, q = -0.4, d = q - lp;
  EXPECT_NEAR(gradient("{name: kl, loss: {kind: divergence, estimator: k3}}", lp, q, 0),
              1 - std::exp(d), 1e-12);
  EXPECT_NEAR(gradient("{name: kl, loss: {kind: divergence, estimator: k2}}", lp, q, 0), -d, 1e-12);
  EXPECT_EQ(piece(recipe("kdrl"), 1, "loss").at("estimator"), "k2");
}

TEST(Traps, RlPlusWeighsUnlikelyTokensOfDemonstrationsOnly) {
  const TrainConfig config = recipe("rl_plus");
  EXPECT_EQ(piece(config, 0, "token_weight").at("kind"), "one");
  EXPECT_EQ(piece(config, 1, "token_weight").at("kind"), "one_minus_p");
  EXPECT_EQ(piece(config, 1, "ratio").at("constant"), 1.0) << "not 1 / vocabulary";
}

// The same function p / (p + 0.1): of a probability in LUFFY, of a ratio in ExGRPO, which at ratio 1 shrinks to 0.1 / 1.21.
TEST(Traps, ShapingARatioIsNotShapingAProbability) {
  EXPECT_EQ(piece(recipe("luffy"), 1, "ratio").at("kind"), "one");
  const std::string shaped =
      "{name: off, loss: surrogate, ratio: %, shape: {kind: p_over_p_plus, gamma: 0.1}, clip: "
      "none}";
  const auto with = [&](const std::string& ratio) {
    return std::string(shaped).replace(shaped.find('%'), 1, ratio);
  };
  EXPECT_NEAR(gradient(with("behavior"), -1.0, -1.0, 1.0, -1.0), -0.1 / 1.21, 1e-12);
  const double p = std::exp(-1.0);
  EXPECT_NEAR(gradient(with("one"), -1.0, -1.0, 1.0), -0.1 * p / std::pow(p + 0.1, 2), 1e-12);
}

TEST(Traps, RoverValuesTheVocabularyNotTheSampledToken) {
  ObjectiveCase two;
  for (size_t t = 0; t < 2; ++t) two.add(0, t, Source::policy, -1.0, -1.0, 0.5, -1.0);
  two.more = {{"vocab_mean", {-7.0, -4.0}}, {"old_vocab_mean", {-7.0, -4.5}}};
  two.sequences = 1;
  const auto result = evaluate_case(
      two, config_of("  - {name: q, loss: {kind: td, rho: 1}, normalizer: token_mean}\n"));
  EXPECT_NEAR(result.gradient[0], -(0.5 + 0.5), 1e-12)
      << "the next token's change of the mean, -4 against -4.5";
  EXPECT_NEAR(result.gradient[1], -0.5, 1e-12) << "nothing behind the last token";
}

TEST(Traps, TheSamplersAndTheTrainersProbabilitiesAreBothKeptAndCompared) {
  for (const char* name : {"luffy", "grpo", "topr"})
    EXPECT_GT(recipe(name).rollout.mismatch_bound, 0.0) << "beyond it the run stops";
}

}  // namespace
}  // namespace rlreason::train
