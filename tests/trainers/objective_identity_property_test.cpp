// Methods that must be the same as others at some setting: over random batches, in float64.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "core/random.h"
#include "tests/support/objective_case.h"

namespace rlreason::train {
namespace {

// Sequences of `length` targets (0: 1 to 7) with log-ratios in [low, high] and advantages of both signs.
ObjectiveCase random_batch(uint64_t seed, double low, double high, int64_t length = 0) {
  Sequence random({.seed = seed, .purpose = Purpose::noise});
  ObjectiveCase own;
  own.sequences = 8;
  for (size_t row = 0; row < 8; ++row) {
    const double advantage = random.uniform() * 2 - 1;
    const auto n = static_cast<size_t>(length > 0 ? length : random.between(1, 7));
    for (size_t column = 0; column < n; ++column) {
      const double old_logprob = -6.0 - random.uniform();
      const double logprob = old_logprob + low + (high - low) * random.uniform();
      own.add(row, column, Source::policy, logprob, old_logprob, advantage, old_logprob);
    }
  }
  return own;
}

std::vector<double> gradient_of(const ObjectiveCase& data, const std::string& pieces,
                                const std::string& normalizer = "token_mean") {
  return evaluate_case(data,
                       config_of("  - {name: c, " + pieces + ", normalizer: " + normalizer + "}\n"))
      .gradient;
}

void expect_same(const ObjectiveCase& data, const std::string& a, const std::string& b,
                 double factor = 1.0) {
  const auto left = gradient_of(data, a), right = gradient_of(data, b);
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_NEAR(left[i], factor * right[i], 1e-12 * std::max(1.0, std::abs(left[i])))
        << a << " against " << b << ", target " << i;
}

constexpr const char* kReinforce = "loss: reinforce, ratio: none";

TEST(ObjectiveIdentity, RecWithImportanceAndOneSidedMaskIsPpo) {
  for (uint64_t seed = 0; seed < 5; ++seed)
    expect_same(random_batch(seed, std::log(0.01), std::log(100.0)),
                "loss: reinforce, clip: mask_one_side", "loss: surrogate, clip: ppo");
}

TEST(ObjectiveIdentity, RecWithoutMaskAndWeightIsReinforce) {
  expect_same(random_batch(1, -4.6, 4.6), "loss: reinforce, shape: one", kReinforce);
}

TEST(ObjectiveIdentity, ToprIsReinforceWhereRatiosAreAtLeastOne) {
  expect_same(random_batch(2, 0.0, 4.6), "loss: reinforce, ratio: behavior, shape: taper01",
              kReinforce);
}

TEST(ObjectiveIdentity, UnboundedWeightsAreTheImportanceSampledSurrogate) {
  const ObjectiveCase data = random_batch(3, -4.6, 4.6);
  for (const char* pieces : {"loss: reinforce, clip: {kind: upper, cap: 1000}",
                             "loss: reinforce, shape: {kind: truncate, max: 1000}",
                             "loss: surrogate, clip: {kind: ring, low: 1, high: 1000}",
                             "loss: surrogate, clip: {kind: mask_two_side, low: 1, high: 1000}",
                             "loss: surrogate, clip: {kind: tv_mask, low: 1, high: 1}"})
    expect_same(data, pieces, "loss: surrogate, clip: none");
}

TEST(ObjectiveIdentity, SoftGateHasSlopeOneOnPolicy) {
  expect_same(random_batch(4, 0.0, 0.0), "loss: surrogate, shape: sapo", kReinforce);
}

TEST(ObjectiveIdentity, EveryRatioMethodIsReinforceOnPolicy) {
  const ObjectiveCase data = random_batch(5, 0.0, 0.0);
  for (const char* pieces :
       {"loss: surrogate, clip: ppo", "loss: surrogate, clip: {kind: ppo, dual: 3}",
        "loss: surrogate, clip: balanced", "loss: reinforce, clip: upper",
        "loss: reinforce, clip: ring", "loss: surrogate, clip: tv_mask",
        "loss: surrogate, ratio: {kind: old, level: seq_geo}, clip: ppo"})
    expect_same(data, pieces, kReinforce);
}

TEST(ObjectiveIdentity, RegressionAtTheAnchorIsReinforce) {
  const ObjectiveCase data = random_batch(6, 0.0, 0.0);
  const auto regression =
      gradient_of(data, "loss: {kind: regression, beta: 0.001}, ratio: {kind: old, level: seq_sum}",
                  "sequence_mean");
  const auto reinforce = gradient_of(data, kReinforce, "sequence_sum");
  for (size_t i = 0; i < regression.size(); ++i)
    EXPECT_NEAR(regression[i], 2 * 0.001 * reinforce[i], 1e-14);
}

// The lagged policy's log-probs stand where those of the old policy were in the test before.
TEST(ObjectiveIdentity, OaplAtTheLaggedPolicyIsReinforceTimesTwoBeta) {
  ObjectiveCase data = random_batch(11, -1.0, 1.0);
  data.more["lagged_logprob"] = data.logprob;
  const auto oapl = gradient_of(data,
                                "loss: {kind: regression, beta: 0.001}, "
                                "ratio: {kind: anchor, anchor: lagged, level: seq_sum}",
                                "sequence_mean");
  const auto reinforce = gradient_of(data, kReinforce, "sequence_sum");
  for (size_t i = 0; i < oapl.size(); ++i) EXPECT_NEAR(oapl[i], 2 * 0.001 * reinforce[i], 1e-14);
}

TEST(ObjectiveIdentity, MixedReferenceWithTheOldPolicyAloneIsGrpo) {
  ObjectiveCase data = random_batch(12, -4.6, 4.6);
  data.more["teacher_logprob"] = std::vector<double>(data.logprob.size(), std::nan(""));
  expect_same(data, "loss: surrogate, ratio: {kind: mix, alpha: 1}, clip: ppo",
              "loss: surrogate, ratio: old, clip: ppo");
  for (size_t i = 0; i < data.logprob.size(); ++i)
    data.more["teacher_logprob"][i] = data.old_logprob[i];
  expect_same(data, "loss: surrogate, ratio: {kind: mix, alpha: 0.3}, clip: ppo",
              "loss: surrogate, ratio: old, clip: ppo");
}

TEST(ObjectiveIdentity, AMismatchWithoutOneChangesNothing) {
  const ObjectiveCase data = random_batch(13, -1.0, 1.0);  // samples are the old policy's
  expect_same(data, "loss: surrogate, clip: ppo, token_weight: mismatch",
              "loss: surrogate, clip: ppo");
}

// Old log-ratio times the mismatch is the ratio to the sampler: MiniRL's decomposition.
TEST(ObjectiveIdentity, RatioToTheOldPolicyTimesMismatchIsTheRatioToTheSampler) {
  ObjectiveCase data = random_batch(14, -1.0, 1.0);
  for (size_t i = 0; i < data.logprob.size(); ++i)
    data.behavior_logprob[i] += 0.3 * std::sin(static_cast<double>(i));
  expect_same(data, "loss: reinforce, ratio: old, token_weight: {kind: mismatch, max: 100}",
              "loss: reinforce, ratio: behavior");
}

ObjectiveResult distilled(const ObjectiveCase& data, const std::string& token_advantage) {
  TrainConfig config = config::parse<TrainConfig>(config::parse_yaml(
      "token_advantage: " + token_advantage +
          "\ncomponents:\n  - {name: c, loss: surrogate, clip: ppo, normalizer: token_mean}\n",
      "test"));
  resolve_pieces(config);
  return evaluate_case(data, config);
}

TEST(ObjectiveIdentity, ExOpdWithLambdaOneIsOpdWhateverTheBase) {
  ObjectiveCase data = random_batch(15, -0.1, 0.1);
  for (size_t i = 0; i < data.logprob.size(); ++i)
    data.more["teacher_logprob"].push_back(data.old_logprob[i] +
                                           std::cos(static_cast<double>(3 * i)));
  data.ref_logprob.assign(data.logprob.size(), std::nan(""));
  const auto opd = distilled(data, "{kind: teacher_log_ratio, lambda: 1}").gradient;
  for (size_t i = 0; i < data.logprob.size(); ++i)
    data.advantage[i] = data.more["teacher_logprob"][i] - data.old_logprob[i];
  const auto by_hand = gradient_of(data, "loss: surrogate, clip: ppo");
  for (size_t i = 0; i < opd.size(); ++i) EXPECT_NEAR(opd[i], by_hand[i], 1e-14);
  // lambda 1 as the limit, where the base does take part
  data.ref_logprob = data.old_logprob;
  for (size_t i = 0; i < opd.size(); ++i) data.ref_logprob[i] += 0.4;
  const auto near = distilled(data, "{kind: teacher_log_ratio, lambda: 1.0000001}").gradient;
  for (size_t i = 0; i < opd.size(); ++i) EXPECT_NEAR(near[i], opd[i], 1e-6);
}

TEST(ObjectiveIdentity, AComponentSelectsByRewardAndBlockOfGroups) {
  ObjectiveCase data = random_batch(16, -1.0, 1.0);
  for (size_t i = 0; i < data.logprob.size(); ++i) {
    const int64_t sequence = data.targets.sequence[i];
    data.targets.reward[i] =
        sequence == 7 ? std::nan("") : 0.25 * static_cast<double>(sequence % 4);
    data.targets.block[i] = sequence % 2;
  }
  const auto seen = [&](const std::string& select) {
    TrainConfig config = config::parse<TrainConfig>(config::parse_yaml(
        "groups: [{name: even, share: 0.5}, {name: odd, share: 0.5}]\ncomponents:\n  - {name: c, "
        "select: " +
            select + ", loss: reinforce, ratio: none, normalizer: token_mean}\n",
        "test"));
    resolve_pieces(config);
    std::set<int64_t> sequences;
    const auto gradient = evaluate_case(data, config).gradient;
    for (size_t i = 0; i < gradient.size(); ++i)
      if (gradient[i] != 0) sequences.insert(data.targets.sequence[i]);
    return sequences;
  };
  EXPECT_EQ(seen("{reward_below: 0.5}"), (std::set<int64_t>{0, 1, 4, 5}));
  EXPECT_EQ(seen("{reward_at_least: 0.5}"), (std::set<int64_t>{2, 3, 6}));
  EXPECT_EQ(seen("{group: odd}"), (std::set<int64_t>{1, 3, 5, 7}));
  EXPECT_EQ(seen("{group: even, reward_below: 0.5}"), (std::set<int64_t>{0, 4}));
}

TEST(ObjectiveIdentity, SequenceLevelsAreTokenLevelForSequencesOfOneToken) {
  const ObjectiveCase data = random_batch(7, -4.6, 4.6, 1);
  for (const char* level : {"seq_geo", "seq_sum"})
    expect_same(data,
                fmt::format("loss: surrogate, ratio: {{kind: old, level: {}}}, clip: ppo", level),
                "loss: surrogate, clip: ppo");
}

TEST(ObjectiveIdentity, NormalizersAgreeForEqualLengths) {
  const ObjectiveCase data = random_batch(8, -1.0, 1.0, 5);
  const std::string pieces = "loss: surrogate, clip: ppo";
  const auto tokens = gradient_of(data, pieces, "token_mean");
  const auto means = gradient_of(data, pieces, "sequence_mean");
  const auto sums = gradient_of(data, pieces, "sequence_sum");
  const auto prompts = gradient_of(data, pieces, "prompt_mean");
  const auto constant = gradient_of(data, pieces, "{kind: constant_length, length: 5}");
  const auto total = gradient_of(data, pieces, "{kind: constant_length, length: 5, reduce: sum}");
  for (size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_NEAR(tokens[i], means[i], 1e-14);
    EXPECT_NEAR(tokens[i], prompts[i], 1e-14);
    EXPECT_NEAR(tokens[i], constant[i], 1e-14);
    EXPECT_NEAR(5 * tokens[i], sums[i], 1e-13);
    EXPECT_NEAR(8 * constant[i], total[i], 1e-13) << "sum is mean times the number of sequences";
  }
}

// The members of a resolved recipe that differ, names and texts aside.
std::vector<std::string> differing(nlohmann::json a, nlohmann::json b) {
  for (auto* own : {&a, &b})
    for (const char* key : {"recipe", "summary", "source", "deviations", "rollout"})
      own->erase(key);
  std::vector<std::string> paths;
  for (const auto& change : nlohmann::json::diff(a, b)) paths.push_back(change.at("path"));
  return paths;
}

TEST(ObjectiveIdentity, DrGrpoIsGrpoWithoutPenaltyInTwoFields) {
  // The setting's sources and the base are the same; GRPO's own penalty is its second component.
  const nlohmann::json grpo = resolve_config("grpo", "tiny", {}).json;
  nlohmann::json plain = grpo;
  plain["components"].erase(1);
  for (const std::string& path : differing(plain, resolve_config("dr_grpo", "tiny", {}).json))
    EXPECT_TRUE(path.starts_with("/components/0/normalizer") || path == "/advantage/scale") << path;
}

TEST(ObjectiveIdentity, RecipesRefuseWhatMeansNothing) {
  const auto resolve = [](const std::vector<std::string>& sets) {
    return resolve_config("dr_grpo", "tiny", sets);
  };
  EXPECT_THROW(resolve({"components.policy.ratio=none"}), UserError);
  EXPECT_THROW(resolve({"components.policy.shape=one"}), UserError);
  EXPECT_THROW(resolve({"components.policy.loss=regression"}), UserError);
  EXPECT_THROW(resolve({"components.policy.clip=tv_mask", "components.policy.ratio=one"}),
               UserError);
  EXPECT_THROW(resolve({"rollout.resample=2"}), UserError);
  EXPECT_THROW(resolve({"filters=band"}), UserError);
  EXPECT_NO_THROW(resolve({"filters=[{kind: band, low: 0.1, high: 0.9}]", "rollout.resample=2"}));
}

}  // namespace
}  // namespace rlreason::train
