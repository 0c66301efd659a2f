// The LUFFY repository's own functions, executed in float64, against our pieces: values and gradients.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/luffy_vectors.h"
#include "tests/support/objective_case.h"
#include "trainers/groups.h"
#include "trainers/trajectory.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;
constexpr double kTolerance = 1e-5;

enum class Prefix { as_given, none, all };

ObjectiveCase base_case(Prefix prefix, const Json& target_probs = {}) {
  const Json& b0 = luffy_vectors().at("meta").at("B0");
  ObjectiveCase own;
  own.sequences = 4;
  for (size_t row = 0; row < 4; ++row)
    for (size_t column = 0; column < 6; ++column) {
      if (b0.at("eos_mask")[row][column] == 0) continue;
      const bool demonstration = prefix == Prefix::all || (prefix == Prefix::as_given &&
                                                           b0.at("prefix_mask")[row][column] == 1);
      const double q = target_probs.is_null() ? 1.0 : target_probs[row][column].get<double>();
      own.add(row, column, demonstration ? Source::demonstration : Source::policy,
              b0.at("log_prob")[row][column], b0.at("old_log_prob")[row][column],
              b0.at("advantages")[row][column], q > 0 ? std::log(q) : 0.0);
    }
  return own;
}

std::string shape_of(const std::string& name, const Json& in, bool on_policy) {
  if (name == "no_reshape") return "identity";
  if (name == "square_root") return "{kind: power, exponent: 0.5}";
  if (name == "pow")
    return fmt::format("{{kind: power, exponent: {}}}",
                       in.value(on_policy ? "pow_exp" : "off_policy_reshape_pow_exp", 0.5));
  if (name == "logp")
    return fmt::format("{{kind: log, weight: {}}}",
                       on_policy ? 1.0 : in.value("off_policy_reshape_weight", 1.0));
  if (name == "p_logp")
    return fmt::format("{{kind: ratio_plus_log, weight: {}}}",
                       in.value(on_policy ? "p_logp_weight" : "off_policy_reshape_weight", 1.0));
  const std::string gamma = name.substr(std::string("p_div_p_").size());
  return fmt::format("{{kind: {}, gamma: {}}}",
                     on_policy ? "relative_p_over_p_plus" : "p_over_p_plus", gamma);
}

// The options of compute_token_on_off_policy_loss as two components.
std::string components_of(const Json& in, const std::string& on_shape = "identity") {
  const bool constant = in.value("loss_remove_token_mean", false),
             no_clip = in.value("loss_remove_clip", false);
  const std::string normalizer = constant ? "{kind: constant_length, length: 6, reduce: sum}"
                                          : "{kind: token_mean, over: all}";
  const double upper =
      std::max(in.value("clip_upper_bound", 1.0), 1.0 + in.value("cliprange", 0.2));
  const std::string clip = no_clip ? "none"
                                   : fmt::format("{{kind: ppo, low: {}, high: {}}}",
                                                 in.value("cliprange", 0.2), upper - 1.0);
  const std::string mask = in.contains("all_max_clip")
                               ? fmt::format("{{kind: probability_at_most, max: {}}}",
                                             in.at("all_max_clip").get<double>())
                               : "none";
  std::string off_clip = "none";
  if (in.contains("off_max_clip"))
    off_clip =
        fmt::format("{{kind: bounds, min: {}, max: {}}}", in.at("off_min_clip").get<double>(),
                    in.at("off_max_clip").get<double>());
  // With given probabilities the released code ignores the shaping.
  const bool given = in.contains("target_probs");
  const std::string off_shape =
      given ? "identity"
            : shape_of(in.value("off_policy_reshape", std::string("no_reshape")), in, false);
  return fmt::format(
      "  - {{name: on, select: {{source: policy}}, loss: surrogate, ratio: old, shape: {}, clip: "
      "{}, mask: {}, normalizer: {}}}\n"
      "  - {{name: off, select: {{source: demonstration}}, loss: surrogate, ratio: {}, shape: {}, "
      "clip: {}, mask: {}, normalizer: {}}}\n",
      on_shape, clip, mask, normalizer, given ? "given" : "one", off_shape, off_clip, mask,
      normalizer);
}

void expect_gradient(const ObjectiveCase& data, const ObjectiveResult& result,
                     const Json& expected) {
  for (size_t i = 0; i < data.place.size(); ++i)
    EXPECT_NEAR(result.gradient[i],
                expected[data.place[i].first][data.place[i].second].get<double>(), kTolerance)
        << "row " << data.place[i].first << " column " << data.place[i].second;
}

class OnOffLoss : public testing::TestWithParam<std::string> {};

TEST_P(OnOffLoss, ValueAndGradient) {
  const Json& own = vector_of(GetParam());
  const Json& in = own.at("inputs");
  const std::string base = in.at("base");
  const Prefix prefix = base.find("prefix_mask = eos_mask") != std::string::npos ? Prefix::all
                        : base == "B0"                                           ? Prefix::as_given
                                                                                 : Prefix::none;
  const ObjectiveCase data = base_case(prefix, in.value("target_probs", Json()));
  const ObjectiveResult result = evaluate_case(data, config_of(components_of(in)));
  EXPECT_NEAR(result.loss, own.at("expected").at("pg_loss").get<double>(), kTolerance);
  expect_gradient(data, result, own.at("expected").at("d_pg_loss_d_log_prob"));
}
INSTANTIATE_TEST_SUITE_P(V06toV22, OnOffLoss,
                         testing::Values("V06", "V07", "V08", "V09", "V10", "V11", "V12", "V13",
                                         "V14", "V16", "V17", "V18", "V19", "V20", "V21", "V22"));

TEST(LuffyVectors, V15OnPolicyShapes) {
  const Json& own = vector_of("V15");
  for (const auto& [name, expected] : own.at("expected").items()) {
    Json in = own.at("inputs");
    in["loss_remove_token_mean"] = in["loss_remove_clip"] = true;
    const std::string shape = shape_of(name, in, true);
    const ObjectiveCase data = base_case(Prefix::as_given);
    EXPECT_NEAR(evaluate_case(data, config_of(components_of(in, shape))).loss,
                expected.at("pg_loss_noclip_const_len").get<double>(), kTolerance)
        << name;
    in["loss_remove_token_mean"] = in["loss_remove_clip"] = false;
    EXPECT_NEAR(evaluate_case(data, config_of(components_of(in, shape))).loss,
                expected.at("pg_loss_clip_token_mean").get<double>(), kTolerance)
        << name;
  }
}

TEST(LuffyVectors, V23PolicyLoss) {
  const Json& expected = vector_of("V23").at("expected");
  for (const bool constant : {false, true})
    for (const bool no_clip : {false, true}) {
      const std::string key = fmt::format("remove_token_mean={},remove_clip={}",
                                          constant ? "True" : "False", no_clip ? "True" : "False");
      const auto result = evaluate_case(
          base_case(Prefix::none),
          config_of(fmt::format(
              "  - {{name: pg, loss: surrogate, ratio: old, clip: {}, normalizer: {}}}\n",
              no_clip ? "none" : "ppo",
              constant ? "{kind: constant_length, length: 6, reduce: sum}" : "token_mean")));
      EXPECT_NEAR(result.loss, expected.at(key).at("pg_loss").get<double>(), kTolerance) << key;
      double sum = 0;
      for (const double g : result.gradient) sum += g;
      EXPECT_NEAR(sum, expected.at(key).at("grad_sum").get<double>(), kTolerance) << key;
      if (no_clip) continue;
      EXPECT_NEAR(result.components[0].clipped / result.components[0].targets, 0.25, kTolerance)
          << "the original reports 0 by a defect; V06 has the true share";
    }
}

TEST(LuffyVectors, V24RlWithSftLoss) {
  const Json& expected = vector_of("V24").at("expected");
  ObjectiveCase data = base_case(Prefix::none);
  for (size_t i = 0; i < data.place.size(); ++i)
    if (data.place[i].first == 0 || data.place[i].first == 3)
      data.targets.source[i] = Source::demonstration;
  const auto result = evaluate_case(
      data, config_of("  - {name: pg, select: {source: policy}, loss: surrogate, ratio: old, clip: "
                      "none, normalizer: {kind: constant_length, length: 6, reduce: sum}}\n"
                      "  - {name: sft, select: {source: demonstration}, loss: log_likelihood, "
                      "normalizer: token_mean, coef: 1.0}\n"));
  EXPECT_NEAR(result.loss, expected.at("total").get<double>(), kTolerance);
  EXPECT_NEAR(result.components[0].loss, expected.at("pg_only").get<double>(), kTolerance);
  EXPECT_NEAR(result.components[1].loss, expected.at("sft_loss").get<double>(), kTolerance);
  expect_gradient(data, result, expected.at("d_total_d_log_prob"));
}

TEST(LuffyVectors, V25KlEstimators) {
  const Json& own = vector_of("V25");
  const auto estimate = [](const std::string& estimator, const std::vector<double>& logprob,
                           const std::vector<double>& reference) {
    Streams streams;
    streams.put("logprob", at::tensor(logprob, at::kDouble));
    streams.put("ref_logprob", at::tensor(reference, at::kDouble));
    const auto loss = make_piece<LossFunction>(
        "losses", {{"kind", "divergence"}, {"estimator", estimator}, {"bound", 10.0}});
    const at::Tensor value = loss(streams, {}).loss.contiguous();
    return std::vector<double>(value.const_data_ptr<double>(),
                               value.const_data_ptr<double>() + value.numel());
  };
  const std::pair<const char*, const char*> kNames[] = {
      {"k1", "kl"}, {"absolute", "abs"}, {"k2", "mse"}, {"k3", "low_var_kl"}};
  for (const auto& [ours, theirs] : kNames) {
    const auto values =
        estimate(ours, own.at("inputs").at("logprob"), own.at("inputs").at("ref_logprob"));
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], own.at("expected").at(theirs)[i].get<double>(), kTolerance) << ours;
  }
  EXPECT_NEAR(estimate("k3", {-9.0}, {-1.0})[0], 10.0, kTolerance);
}

TEST(LuffyVectors, V26ResponseLength) {
  const Json& own = vector_of("V26");
  for (size_t row = 0; row < own.at("inputs").at("ids").size(); ++row) {
    const std::vector<int32_t> ids = own.at("inputs").at("ids")[row];
    const std::vector<int> mask = own.at("expected").at("mask")[row];
    const int32_t length = response_length(ids, own.at("inputs").at("eos"));
    for (size_t i = 0; i < mask.size(); ++i)
      EXPECT_EQ(static_cast<int32_t>(i) < length ? 1 : 0, mask[i])
          << "row " << row << " token " << i;
  }
}

std::vector<double> advantages(const Json& rewards, const Json& groups, const Json& on_policy,
                               bool use_std, bool split) {
  GroupFacts facts;
  for (size_t i = 0; i < rewards.size(); ++i) {
    facts.group.push_back(
        static_cast<int64_t>(std::hash<std::string>{}(groups[i].get<std::string>())));
    facts.source.push_back(split && on_policy[i] == 0 ? Source::demonstration : Source::policy);
    facts.outcome.push_back(data::Outcome::right);
    facts.reward.push_back(rewards[i]);
    facts.length.push_back(1);
    facts.truncated.push_back(false);
  }
  return make_piece<AdvantageFunction>("advantages", {{"kind", "group_baseline"},
                                                      {"scope", split ? "on_policy" : "all"},
                                                      {"baseline", "mean"},
                                                      {"scale", use_std ? "group_std" : "none"},
                                                      {"epsilon", 1e-6},
                                                      {"zero_std", split ? "one" : "epsilon"},
                                                      {"singleton", "raw"}})(facts);
}

TEST(LuffyVectors, V01toV05Advantages) {
  for (const char* id : {"V01", "V02", "V03", "V04"}) {
    const Json& own = vector_of(id);
    const Json& in = own.at("inputs");
    const bool split = in.contains("on_policy_mask");
    const auto values = advantages(in.at("rewards"), in.at("group"),
                                   in.value("on_policy_mask", Json()), in.at("use_std"), split);
    const Json& expected = own.at("expected").at("advantage_per_sequence");
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], expected[i].get<double>(), kTolerance) << id << " sequence " << i;
  }
  const Json& own = vector_of("V05");
  for (const bool use_std : {true, false}) {
    const auto values = advantages(own.at("inputs").at("rewards"), own.at("inputs").at("group"), {},
                                   use_std, false);
    const Json& expected = own.at("expected").at(use_std ? "use_std_true" : "use_std_false");
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], expected[i].get<double>(), kTolerance) << "V05 sequence " << i;
  }
}

}  // namespace
}  // namespace rlreason::train
