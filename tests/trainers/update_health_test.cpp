// The step log's ratios, divergences and words against arithmetic by hand.
#include "trainers/update_health.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "trainers/reflections.h"

namespace rlreason::train {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

std::map<std::string, double> written(const UpdateHealth& health) {
  std::map<std::string, double> values;
  health.write([&](const std::string& name, double value) { values[name] = value; });
  return values;
}

std::vector<double> logs(const std::vector<double>& probabilities) {
  std::vector<double> out;
  for (const double p : probabilities) out.push_back(std::log(p));
  return out;
}
std::vector<float> float_logs(const std::vector<double>& probabilities) {
  std::vector<float> out;
  for (const double p : probabilities) out.push_back(static_cast<float>(std::log(p)));
  return out;
}

// Ratios 2, 1 (one response) and 1/2 (another); a demonstration whose old probability nobody knows.
TEST(UpdateHealth, ThreeTokensByHand) {
  const std::vector<Source> source = {Source::policy, Source::policy, Source::policy,
                                      Source::demonstration};
  const std::vector<int64_t> sequence = {0, 0, 1, 2};
  const std::vector<double> logprob = logs({0.5, 0.25, 0.15, 0.95});
  std::vector<float> old = float_logs({0.25, 0.25, 0.3});
  old.push_back(kUnknown);
  UpdateHealth health;
  health.add({.source = source,
              .sequence = sequence,
              .logprob = logprob,
              .old_logprob = old,
              .first_step = true});
  health.end_step();
  const auto values = written(health);
  EXPECT_NEAR(values.at("rollout/ratio_mean"), 3.5 / 3, 1e-6);
  EXPECT_NEAR(values.at("rollout/ratio_max"), 2, 1e-6);
  EXPECT_NEAR(values.at("rollout/ratio_p999"), 2, 1e-6);
  EXPECT_NEAR(values.at("rollout/ratio_var"), 5.25 / 3 - 3.5 * 3.5 / 9, 1e-6);
  EXPECT_NEAR(values.at("rollout/kl_old"), 0, 1e-6) << "ln 2 and -ln 2";
  EXPECT_NEAR(values.at("rollout/kl_old_k3"), 0.5 / 3, 1e-6);
  EXPECT_NEAR(values.at("rollout/kl_mismatch"), 0.5 / 3, 1e-6);
  EXPECT_NEAR(values.at("rollout/ess"), 6.25 / (2 * 4.25), 1e-6) << "weights 2 and 1/2";
  EXPECT_NEAR(values.at("rollout/probability_hist_5"), 1.0 / 3, 1e-12);
  EXPECT_NEAR(values.at("rollout/probability_hist_2"), 1.0 / 3, 1e-12);
  EXPECT_NEAR(values.at("rollout/probability_hist_1"), 1.0 / 3, 1e-12);
  EXPECT_EQ(values.at("rollout/probability_hist_9"), 0);
  EXPECT_EQ(values.at("demonstration/probability_hist_9"), 1);
  for (const char* name :
       {"demonstration/ratio_mean", "demonstration/ess", "demonstration/kl_old", "rollout/kl_ref"})
    EXPECT_FALSE(values.contains(name)) << name << " was not measured";
}

TEST(UpdateHealth, AReferenceIsComparedOnTheFirstStepOnly) {
  const std::vector<Source> source = {Source::policy, Source::policy};
  const std::vector<int64_t> sequence = {0, 1};
  const std::vector<double> logprob = logs({0.5, 0.2}), reference = logs({0.25, 0.2});
  const std::vector<float> old = float_logs({0.5, 0.2});
  UpdateHealth health;
  health.add({.source = source,
              .sequence = sequence,
              .logprob = logprob,
              .old_logprob = old,
              .ref_logprob = reference,
              .first_step = true});
  health.end_step();
  const std::vector<double> moved = logs({0.9, 0.9});
  health.add({.source = source,
              .sequence = sequence,
              .logprob = moved,
              .old_logprob = old,
              .ref_logprob = reference,
              .first_step = false});
  health.end_step();
  const auto values = written(health);
  EXPECT_NEAR(values.at("rollout/kl_ref"), std::log(2) / 2, 1e-9) << "twice as likely as it was";
  EXPECT_NEAR(values.at("rollout/kl_ref_k3"), 0.5 * (0.5 - 1 + std::log(2)), 1e-9);
  EXPECT_NEAR(values.at("rollout/kl_old"), -(std::log(1.8) + std::log(4.5)) / 4, 1e-6);
  EXPECT_NEAR(values.at("rollout/ratio_max"), 4.5, 1e-5) << "ratios are of all steps";
  EXPECT_EQ(values.at("rollout/probability_hist_9"), 0) << "probabilities are of the first";
  const double second = (1.8 + 4.5) * (1.8 + 4.5) / (2 * (1.8 * 1.8 + 4.5 * 4.5));
  EXPECT_NEAR(values.at("rollout/ess"), (1 + second) / 2, 1e-6) << "mean over optimizer steps";
}

TEST(UpdateHealth, HugeSequenceRatiosDoNotOverflow) {
  const std::vector<Source> source(400, Source::policy);
  std::vector<int64_t> sequence(400, 0);
  std::fill(sequence.begin() + 200, sequence.end(), 1);
  std::vector<double> logprob(400, -1.0);
  std::vector<float> old(400, -9.0f);  // e^1600 a response
  UpdateHealth health;
  health.add({.source = source,
              .sequence = sequence,
              .logprob = logprob,
              .old_logprob = old,
              .first_step = false});
  health.end_step();
  EXPECT_NEAR(written(health).at("rollout/ess"), 1, 1e-9);
}

TEST(UpdateHealth, QuantilesAreByNearestRank) {
  std::vector<float> values;
  for (int i = 1; i <= 2000; ++i) values.push_back(static_cast<float>(2001 - i));
  EXPECT_EQ(nearest_rank(values, 0.999), 1998);
  EXPECT_EQ(nearest_rank(values, 0.0), 1);
  EXPECT_EQ(nearest_rank(values, 1.0), 2000);
  EXPECT_EQ(nearest_rank({7.0f}, 0.999), 7);
}

TEST(Reflections, KeywordsCountOnceEach) {
  EXPECT_EQ(count_reflections(""), 0);
  EXPECT_EQ(count_reflections("the answer is 42"), 0);
  EXPECT_EQ(count_reflections("Let me RECHECK this, then re-evaluate."), 2);
  EXPECT_EQ(count_reflections("a reevaluation"), 1) << "not 'reevaluate' as well";
  EXPECT_EQ(count_reflections("go over the steps; double-check, think again"), 3);
  EXPECT_EQ(count_reflections("rechec"), 0) << "a beginning is not the word";
  EXPECT_EQ(count_reflections("rrecheck"), 1);
}

}  // namespace
}  // namespace rlreason::train
