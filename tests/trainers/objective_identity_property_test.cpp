// Methods that must be the same as others at some setting: over random batches, in float64.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

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
