// Properties every objective has, whatever its pieces: over random batches and seeds, in float64 unless said.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/embedded.h"
#include "core/random.h"
#include "tests/support/objective_case.h"

namespace rlreason::train {
namespace {

ObjectiveCase random_case(uint64_t seed, int64_t sequences = 6) {
  Sequence random({.seed = seed, .purpose = Purpose::noise});
  ObjectiveCase own;
  own.sequences = sequences;
  for (size_t row = 0; row < static_cast<size_t>(sequences); ++row) {
    const double advantage = random.uniform() * 2 - 1;
    const auto length = static_cast<size_t>(random.between(1, 9));
    for (size_t column = 0; column < length; ++column) {
      const double logprob = -3.0 * random.uniform(),
                   old_logprob = logprob + 0.8 * (random.uniform() - 0.5);
      own.add(row, column, row % 3 == 0 ? Source::demonstration : Source::policy, logprob,
              old_logprob, advantage, -random.uniform());
    }
  }
  return own;
}

// The components of every recipe of the program, as YAML has them, with a length in place of 0.
std::vector<TrainConfig> recipe_configs() {
  std::vector<TrainConfig> configs;
  for (const std::string& name : embedded_names("trainers/recipes/")) {
    TrainConfig config = resolve_config(name, "tiny", {}).config;
    configs.push_back(std::move(config));
  }
  return configs;
}

ObjectiveCase permuted(const ObjectiveCase& data, const std::vector<size_t>& order) {
  ObjectiveCase own;
  own.sequences = data.sequences;
  for (const size_t i : order)
    own.add(data.place[i].first, data.place[i].second, data.targets.source[i], data.logprob[i],
            data.old_logprob[i], data.advantage[i], data.behavior_logprob[i]);
  return own;
}

// Whether a weight depends on the log-probs without passing a gradient: finite differences see through it.
bool has_detached_weight(const TrainConfig& config) {
  for (const ComponentConfig& own : config.components) {
    const nlohmann::json component = config::to_json(own);
    const auto kind = [&](const char* member) { return component.at(member).at("kind"); };
    if (kind("token_weight") != "one" || kind("mask") == "low_probability") return true;
    if (kind("loss") == "reinforce" && kind("ratio") != "none" && kind("shape") != "one")
      return true;
  }
  return false;
}

TEST(ObjectiveProperty, GradientEqualsFiniteDifferences) {
  for (const TrainConfig& config : recipe_configs())
    for (uint64_t seed = 0; seed < 5; ++seed) {
      if (has_detached_weight(config)) continue;  // tests/vectors/pieces judge those
      const ObjectiveCase data = random_case(seed);
      const ObjectiveResult result = evaluate_case(data, config);
      for (size_t i = 0; i < data.logprob.size(); ++i) {
        constexpr double kStep = 1e-6;
        ObjectiveCase up = data, down = data;
        up.logprob[i] += kStep;
        down.logprob[i] -= kStep;
        const double numeric =
            (evaluate_case(up, config).loss - evaluate_case(down, config).loss) / (2 * kStep);
        EXPECT_NEAR(result.gradient[i], numeric, 1e-7)
            << config.recipe << " seed " << seed << " target " << i;
      }
    }
}

TEST(ObjectiveProperty, OrderOfTargetsIsInert) {
  for (const TrainConfig& config : recipe_configs()) {
    if (config.recipe == "rover") continue;  // reads the next token
    const ObjectiveCase data = random_case(11);
    std::vector<size_t> order(data.logprob.size());
    std::iota(order.begin(), order.end(), size_t{0});
    Sequence random({.seed = 5, .purpose = Purpose::order});
    random.shuffle(order);
    const auto straight = evaluate_case(data, config),
               shuffled = evaluate_case(permuted(data, order), config);
    EXPECT_NEAR(straight.loss, shuffled.loss, 1e-12);
    for (size_t i = 0; i < order.size(); ++i)
      EXPECT_NEAR(shuffled.gradient[i], straight.gradient[order[i]], 1e-15);
  }
}

TEST(ObjectiveProperty, SplittingIntoMicroBatchesIsInert) {
  for (const TrainConfig& config : recipe_configs())
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const ObjectiveCase data = random_case(seed, 8);
      const ObjectiveResult whole = evaluate_case(data, config);
      const Objective objective(config);
      const Streams all = streams_of(data, config);
      const auto counts = objective.count(data.targets, data.sequences, all);
      double loss = 0;
      // As packing does it, a sequence is never cut.
      const auto cut = static_cast<size_t>(
          std::lower_bound(data.targets.sequence.begin(), data.targets.sequence.end(), 3) -
          data.targets.sequence.begin());
      for (const auto& [begin, end] :
           {std::pair<size_t, size_t>{0, cut}, {cut, data.logprob.size()}}) {
        TargetSet part;
        const auto slice = [b = begin, e = end](const auto& v) {
          return std::vector(v.begin() + static_cast<std::ptrdiff_t>(b),
                             v.begin() + static_cast<std::ptrdiff_t>(e));
        };
        part.sequence = slice(data.targets.sequence);
        part.source = slice(data.targets.source);
        part.prompt = slice(data.targets.prompt);
        part.reward = slice(data.targets.reward);
        part.block = slice(data.targets.block);
        std::vector<int64_t> index(end - begin);
        std::iota(index.begin(), index.end(), static_cast<int64_t>(begin));
        const Streams streams = all.at_targets(at::tensor(index, at::kLong));
        const auto value = objective.evaluate(part, streams, counts, 0);
        if (!value.loss.defined()) continue;
        loss += value.loss.item<double>();
        value.loss.backward();
      }
      const at::Tensor& summed = all.at("logprob").grad();
      for (size_t i = 0; i < data.logprob.size() && summed.defined(); ++i)
        EXPECT_NEAR(summed.const_data_ptr<double>()[i], whole.gradient[i], 1e-12) << config.recipe;
      EXPECT_NEAR(loss, whole.loss, 1e-12) << config.recipe;
    }
}

TEST(ObjectiveProperty, UnselectedPositionsAreInertBitForBit) {
  const TrainConfig config = config_of(
      "  - {name: on, select: {source: policy}, loss: surrogate, ratio: old, clip: ppo, "
      "normalizer: token_mean}\n");
  const ObjectiveCase clean = random_case(3);
  for (const double poison :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e38}) {
    ObjectiveCase dirty = clean;
    for (size_t i = 0; i < dirty.logprob.size(); ++i)
      if (dirty.targets.source[i] == Source::demonstration)
        dirty.logprob[i] = dirty.old_logprob[i] = dirty.advantage[i] = poison;
    const auto a = evaluate_case(clean, config), b = evaluate_case(dirty, config);
    EXPECT_EQ(std::bit_cast<uint64_t>(a.loss), std::bit_cast<uint64_t>(b.loss));
    for (size_t i = 0; i < a.gradient.size(); ++i)
      EXPECT_EQ(std::bit_cast<uint64_t>(a.gradient[i]), std::bit_cast<uint64_t>(b.gradient[i]));
  }
}

TEST(ObjectiveProperty, OnPolicyGradientIsThePolicyGradient) {
  for (const char* clip : {"none", "ppo"}) {
    const TrainConfig config =
        config_of(fmt::format("  - {{name: on, loss: surrogate, ratio: old, clip: {}, normalizer: "
                              "{{kind: constant_length, length: 10}}}}\n",
                              clip));
    ObjectiveCase data = random_case(7);
    data.old_logprob = data.logprob;
    const auto result = evaluate_case(data, config);
    for (size_t i = 0; i < data.logprob.size(); ++i)
      EXPECT_NEAR(result.gradient[i],
                  -data.advantage[i] / (10.0 * static_cast<double>(data.sequences)), 1e-14);
    EXPECT_EQ(result.components[0].clipped, 0);
  }
}

TEST(ObjectiveProperty, NormalizersCountWhatTheySay) {
  ObjectiveCase data = random_case(13);
  data.old_logprob = data.logprob;
  double policy_targets = 0;
  std::vector<double> length(static_cast<size_t>(data.sequences), 0.0);
  for (size_t i = 0; i < data.logprob.size(); ++i)
    if (data.targets.source[i] == Source::policy) {
      policy_targets += 1;
      length[static_cast<size_t>(data.targets.sequence[i])] += 1;
    }
  const auto all_sequences = static_cast<double>(data.sequences);
  const auto policy_sequences = static_cast<double>(
      std::count_if(length.begin(), length.end(), [](double n) { return n > 0; }));
  const auto all_targets = static_cast<double>(data.logprob.size());
  const auto gradient_of = [&](const char* normalizer) {
    const auto config = config_of(fmt::format(
        "  - {{name: on, select: {{source: policy}}, loss: log_likelihood, normalizer: {}}}\n",
        normalizer));
    return evaluate_case(data, config).gradient;
  };
  const auto mean = gradient_of("{kind: constant_length, length: 10}");
  const auto sum = gradient_of("{kind: constant_length, length: 10, reduce: sum}");
  const auto tokens = gradient_of("token_mean");
  const auto tokens_over_all = gradient_of("{kind: token_mean, over: all}");
  const auto sequences = gradient_of("sequence_mean");
  for (size_t i = 0; i < data.logprob.size(); ++i) {
    const double one = data.targets.source[i] == Source::policy ? 1.0 : 0.0;
    const double own_length = std::max(1.0, length[static_cast<size_t>(data.targets.sequence[i])]);
    EXPECT_NEAR(mean[i], -one / (10.0 * all_sequences), 1e-15) << "all sequences, selected or not";
    EXPECT_NEAR(sum[i], -one / 10.0, 1e-15);
    EXPECT_NEAR(tokens[i], -one / policy_targets, 1e-15);
    EXPECT_NEAR(tokens_over_all[i], -one / all_targets, 1e-15);
    EXPECT_NEAR(sequences[i], -one / (policy_sequences * own_length), 1e-15);
  }
}

TEST(ObjectiveProperty, ExtremeLogRatiosKeepGradientsFinite) {
  for (const TrainConfig& config : recipe_configs()) {
    ObjectiveCase data = random_case(2);
    for (size_t i = 0; i < data.logprob.size(); ++i)
      data.old_logprob[i] = i % 2 ? -1e4 : 0.0, data.logprob[i] = i % 3 ? -1e4 : -1e-8;
    const auto result = evaluate_case(data, config, 0, at::kFloat);
    EXPECT_TRUE(std::isfinite(result.loss)) << config.recipe;
    for (const double g : result.gradient) EXPECT_TRUE(std::isfinite(g)) << config.recipe;
  }
}

GroupFacts facts_of(const std::vector<double>& rewards, int64_t group_size) {
  GroupFacts facts;
  for (size_t i = 0; i < rewards.size(); ++i) {
    facts.group.push_back(static_cast<int64_t>(i) / group_size);
    facts.source.push_back(i % static_cast<size_t>(group_size) == 0 ? Source::demonstration
                                                                    : Source::policy);
    facts.outcome.push_back(data::Outcome::right);
    facts.reward.push_back(rewards[i]);
    facts.length.push_back(3);
    facts.truncated.push_back(false);
  }
  return facts;
}

TEST(AdvantageProperty, EqualRewardsGiveExactlyZeroAndShiftsChangeNothing) {
  for (const char* scope : {"all", "on_policy"})
    for (const char* scale : {"none", "group_std"}) {
      const auto advantage =
          make_piece<AdvantageFunction>("advantages", {{"kind", "group_baseline"},
                                                       {"scope", scope},
                                                       {"baseline", "mean"},
                                                       {"scale", scale},
                                                       {"epsilon", 1e-6},
                                                       {"zero_std", "epsilon"},
                                                       {"singleton", "zero"}});
      for (const double value : {0.0, 1.0, 0.1, 1.0 / 3.0}) {
        for (const double a : advantage(facts_of(std::vector<double>(16, value), 8)))
          EXPECT_EQ(a, 0.0);
      }
      Sequence random({.seed = 9, .purpose = Purpose::noise});
      std::vector<double> rewards, shifted;
      for (int i = 0; i < 24; ++i)
        rewards.push_back(static_cast<double>(random.between(0, 3))),
            shifted.push_back(rewards.back() + 5.0);
      const auto plain = advantage(facts_of(rewards, 8)), moved = advantage(facts_of(shifted, 8));
      for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i], moved[i], 1e-12);
    }
}

TEST(AdvantageProperty, UnscoredResponsesLeaveTheGroup) {
  GroupFacts facts = facts_of({1, 0, 0, 0, 1, 1, 0, 0}, 8);
  facts.outcome[7] = data::Outcome::unscored;
  const auto values = make_piece<AdvantageFunction>("advantages", {{"kind", "group_baseline"},
                                                                   {"scope", "all"},
                                                                   {"baseline", "mean"},
                                                                   {"scale", "none"},
                                                                   {"epsilon", 1e-6},
                                                                   {"zero_std", "epsilon"},
                                                                   {"singleton", "zero"}})(facts);
  EXPECT_EQ(values[7], 0.0);
  EXPECT_NEAR(values[0], 1.0 - 3.0 / 7.0, 1e-15);
}

}  // namespace
}  // namespace rlreason::train
