// What every recipe of the program must satisfy, on batches made from the recipe's own slots and streams, in float64.
// The list is the catalogue: a new recipe is covered by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/embedded.h"
#include "core/error.h"
#include "core/random.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/explain.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Source source_of(const std::string& name) {
  if (name == "retry") return Source::policy;
  for (const Source source :
       {Source::policy, Source::demonstration, Source::replay, Source::teacher, Source::hint})
    if (to_string(source) == name) return source;
  throw std::runtime_error("a slot of an unknown source: " + name);
}

TokenSequence random_sequence(Sequence& random, Source source,
                              const std::vector<std::string>& streams) {
  const auto tokens = static_cast<size_t>(random.between(2, 7));
  TokenSequence own{.source = std::vector<Source>(tokens, source),
                    .trained = std::vector<bool>(tokens, true),
                    .text = {},
                    .streams = {}};
  for (size_t t = 0; t < tokens; ++t) {
    const double logprob = -0.05 - 3.0 * random.uniform();
    own.streams["logprob"].push_back(logprob);
    for (const std::string& name : streams)
      own.streams[name].push_back(name == "entropy" || name == "solve_rate"
                                      ? 0.1 + 0.9 * random.uniform()
                                      : std::min(-1e-3, logprob + 0.8 * (random.uniform() - 0.5)));
  }
  return own;
}

// Two groups of every template, rewards in quarters.
TokenLine random_line(const TrainConfig& config, uint64_t seed) {
  Sequence random({.seed = seed, .purpose = Purpose::noise});
  const std::vector<std::string> streams = required_streams(config);
  TokenLine line{.where = "test:1", .groups = {}};
  for (const GroupConfig& block : group_blocks(config))
    for (int copy = 0; copy < 2; ++copy) {
      TokenGroup group;
      group.name = block.name;
      // Replayed responses alone bring an advantage of their own: there is nothing fresh to compare them with.
      const bool replayed =
          std::all_of(block.slots.begin(), block.slots.end(),
                      [](const SlotConfig& own) { return own.source == "replay"; });
      for (const SlotConfig& slot : block.slots) {
        if (slot.source == "greedy") {  // judged, not trained on
          group.greedy_reward = 0.25;
          continue;
        }
        const Source source = slot.source == "retry" ? Source::policy : source_of(slot.source);
        for (int64_t i = 0; i < slot.n; ++i) {
          group.sequences.push_back(random_sequence(random, source, streams));
          const double reward = 0.25 * static_cast<double>(random.between(0, 4));
          if (replayed)
            group.advantages.push_back(reward - 0.4);
          else
            group.rewards.push_back(reward);
        }
      }
      if (!replayed) group.rewards.front() = 1.0;
      if (group.rewards.size() > 1) group.rewards.back() = 0.0;
      line.groups.push_back(std::move(group));
    }
  return line;
}

template <class Change>
void for_each_sequence(TokenLine& line, Change&& change) {
  for (TokenGroup& group : line.groups)
    for (TokenSequence& sequence : group.sequences) change(sequence);
}

// Every number of the answer, in order.
std::vector<double> numbers_of(const Json& json) {
  std::vector<double> numbers;
  if (json.is_number()) numbers.push_back(json.get<double>());
  if (json.is_structured())
    for (const Json& own : json)
      for (const double number : numbers_of(own)) numbers.push_back(number);
  return numbers;
}

void expect_same_bits(const Json& a, const Json& b) {
  const std::vector<double> left = numbers_of(a), right = numbers_of(b);
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_EQ(std::bit_cast<uint64_t>(left[i]), std::bit_cast<uint64_t>(right[i]))
        << left[i] << " " << right[i];
}

std::vector<std::vector<double>> gradients_of(const Json& result) {
  std::vector<std::vector<double>> all;
  for (const Json& group : result.at("groups"))
    for (const Json& sequence : group.at("sequences")) all.push_back(sequence.at("dloss_dlogprob"));
  return all;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance * std::max(1.0, std::abs(b[i])));
}

bool reads_advantage(const ComponentConfig& component) {
  TrainConfig alone;
  alone.components = {component};
  const std::vector<std::string> words = words_read(alone);
  return std::find(words.begin(), words.end(), "advantage") != words.end();
}

std::string kind_of(const config::Node& node) { return node.at("kind").text(); }

// Whether equal rewards mean an advantage of 0: a baseline is subtracted and nothing is added to it.
bool centred(const TrainConfig& config) {
  const Json advantage = config::to_json(config.advantage);
  const std::string baseline = advantage.value("baseline", "none");
  return baseline != "none" && baseline != "greedy" && advantage.value("shift", 0.0) == 0.0;
}

class Recipes : public testing::TestWithParam<std::string> {
 protected:
  TrainConfig config_ = resolve_config(GetParam(), "tiny", {}).config;
  Json explain(const TokenLine& line, int64_t iteration = 3) const {
    return Explainer(config_).explain(line, iteration);
  }
};

TEST_P(Recipes, TheStreamsItDeclaresAreEnoughAndEachIsAskedFor) {
  const TokenLine line = random_line(config_, 1);
  ASSERT_NO_THROW(check_token_line(line, config_));
  config_.filters = {};  // random rewards may be what they drop
  EXPECT_GT(explain(line).at("metrics").at("gradient_l1").get<double>(), 0.0)
      << "learns nothing from a random batch";
  for (const std::string& stream : required_streams(config_)) {
    TokenLine less = line;
    for_each_sequence(less, [&](TokenSequence& own) { own.streams.erase(stream); });
    EXPECT_THROW(check_token_line(less, config_), DataError) << stream;
  }
}

TEST_P(Recipes, MaskedPositionsAreInertBitForBit) {
  TokenLine clean = random_line(config_, 2);
  for_each_sequence(clean, [](TokenSequence& own) { own.trained[own.tokens() / 2] = false; });
  const Json expected = explain(clean);
  for (const double poison : {kNan, -std::numeric_limits<double>::infinity(), 1e38}) {
    TokenLine dirty = clean;
    for_each_sequence(dirty, [&](TokenSequence& own) {
      for (auto& [name, values] : own.streams) values[own.tokens() / 2] = poison;
    });
    expect_same_bits(explain(dirty), expected);
  }
  for (const std::vector<double>& gradient : gradients_of(expected))
    EXPECT_EQ(gradient[gradient.size() / 2], 0.0);
}

TEST_P(Recipes, TokensNoComponentSeesAreInertBitForBit) {
  const TokenLine clean = random_line(config_, 3);
  for (const Source source : {Source::policy, Source::demonstration}) {
    const auto sees = [&](const ComponentConfig& own) {
      return own.select.source == "any" || own.select.source == to_string(source);
    };
    if (std::any_of(config_.components.begin(), config_.components.end(), sees)) continue;
    TokenLine dirty = clean;
    for_each_sequence(dirty, [&](TokenSequence& own) {
      if (own.source.front() == source)
        for (auto& [name, values] : own.streams) std::fill(values.begin(), values.end(), kNan);
    });
    Json a = explain(dirty), b = explain(clean);
    a.erase("metrics"), b.erase("metrics");
    expect_same_bits(a, b);
  }
}

TEST_P(Recipes, EqualRewardsMoveNothingWhereTheAdvantageIsCentred) {
  if (!centred(config_)) GTEST_SKIP() << "no baseline, or a shifted one";
  config_.filters = {};  // they would drop such groups
  // A regression of log-ratios on the advantage pulls them to 0 also where the advantage is 0.
  std::erase_if(config_.components, [](const ComponentConfig& own) {
    return !reads_advantage(own) || kind_of(own.loss) == "regression" || kind_of(own.loss) == "td";
  });
  for (const double reward : {0.0, 1.0, 0.1, 1.0 / 3.0}) {
    TokenLine line = random_line(config_, 4);
    for (TokenGroup& group : line.groups) {
      std::fill(group.rewards.begin(), group.rewards.end(), std::optional(reward));
      std::fill(group.advantages.begin(), group.advantages.end(), 0.0);
    }
    for (const std::vector<double>& gradient : gradients_of(explain(line)))
      for (const double g : gradient) EXPECT_EQ(g, 0.0) << "rewards " << reward;
  }
}

TEST_P(Recipes, AddingAConstantToTheRewardsOfAGroupChangesNothingWhereABaselineIsSubtracted) {
  if (config::to_json(config_.advantage).value("baseline", "none") == "none")
    GTEST_SKIP() << "no baseline";
  config_.filters = {};  // they ask for rewards as they are, and so do these:
  std::erase_if(config_.components, [](const ComponentConfig& own) {
    return own.select.reward_below || own.select.reward_at_least;
  });
  const bool batch = config::to_json(config_.advantage).value("scale", "none") == "batch_std";
  const TokenLine line = random_line(config_, 5);
  TokenLine shifted = line;
  for (size_t g = 0; g < shifted.groups.size(); ++g) {
    const double shift = batch ? 3.0 : static_cast<double>(g + 1);
    for (auto& reward : shifted.groups[g].rewards) *reward += shift;
    if (shifted.groups[g].greedy_reward) *shifted.groups[g].greedy_reward += shift;
  }
  expect_near(numbers_of(explain(shifted)), numbers_of(explain(line)), 1e-9);
}

TEST_P(Recipes, OrderOfGroupsAndResponsesIsInert) {
  const TokenLine line = random_line(config_, 6);
  TokenLine reversed = line;
  std::reverse(reversed.groups.begin(), reversed.groups.end());
  for (TokenGroup& group : reversed.groups) {
    std::reverse(group.sequences.begin(), group.sequences.end());
    std::reverse(group.rewards.begin(), group.rewards.end());
    std::reverse(group.advantages.begin(), group.advantages.end());
  }
  const Json straight = explain(line), backwards = explain(reversed);
  EXPECT_NEAR(straight.at("loss").get<double>(), backwards.at("loss").get<double>(), 1e-12);
  auto a = gradients_of(straight), b = gradients_of(backwards);
  std::reverse(b.begin(), b.end());
  for (size_t s = 0; s < a.size(); ++s) expect_near(a[s], b[s], 1e-12);
}

TEST_P(Recipes, ExtremeProbabilitiesAndRatiosStayFinite) {
  for (const double low : {-1e4, -700.0, -1e-12}) {
    TokenLine line = random_line(config_, 7);
    size_t count = 0;
    for_each_sequence(line, [&](TokenSequence& own) {
      for (auto& [name, values] : own.streams)
        for (double& value : values)
          if (name != "entropy" && ++count % 3 == 0) value = low;
    });
    EXPECT_NO_THROW(explain(line))
        << "log-prob " << low;  // a NumericError where anything is not finite
  }
  for (const double ratio : {0.01, 0.1, 0.8, 1.0, 1.2, 10.0, 100.0}) {
    TokenLine line = random_line(config_, 8);
    for_each_sequence(line, [&](TokenSequence& own) {
      for (auto& [name, values] : own.streams)
        for (size_t t = 0; t < values.size(); ++t)
          if (name != "entropy" && name != "logprob")
            values[t] = own.streams["logprob"][t] - std::log(ratio);
    });
    EXPECT_NO_THROW(explain(line)) << "ratio " << ratio;
  }
}

TEST_P(Recipes, EveryIterationHasAFiniteCoefficient) {
  const TokenLine line = random_line(config_, 9);
  for (const int64_t iteration : {int64_t{0}, int64_t{1}, config_.update.iterations / 2,
                                  config_.update.iterations, 10 * config_.update.iterations})
    for (const Json& component : explain(line, iteration).at("components"))
      EXPECT_TRUE(std::isfinite(component.at("coefficient").get<double>())) << iteration;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Recipes, testing::ValuesIn(embedded_names("trainers/recipes/")),
                         [](const auto& own) { return own.param; });

}  // namespace
}  // namespace rlreason::train
