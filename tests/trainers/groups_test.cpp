// Which prompts get which template, what is asked of the policy, and how given and written tokens become spans.
#include "trainers/groups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "tests/support/program.h"
#include "trainers/catalog/recipe.h"
#include "trainers/packing.h"

namespace rlreason::train {
namespace {

// `with` prompts of 16 carry `demonstrations` demonstrations of 10 tokens (ids 100, 101, …).
std::vector<DrawnPrompt> prompts(size_t with, size_t demonstrations = 1) {
  std::vector<DrawnPrompt> drawn(16);
  for (size_t p = 0; p < drawn.size(); ++p) {
    drawn[p].prompt.id = "p" + std::to_string(p);
    drawn[p].prompt_ids = {1, 2, 3};
    for (size_t d = 0; p < with && d < demonstrations; ++d)
      drawn[p].demonstration_ids.push_back(std::vector<int32_t>(10, static_cast<int32_t>(100 + d)));
  }
  return drawn;
}

TrainConfig config_of(const std::string& recipe, const std::vector<std::string>& sets = {}) {
  return resolve_config(recipe, "tiny", sets).config;
}

TEST(Blocks, SharesAreExactAndSpreadOverThePromptsThatFit) {
  const GroupBuilder builder(config_of("chord_mu"), 1);
  const std::vector<Group> groups = builder.open(prompts(12), 0);
  ASSERT_EQ(groups.size(), 16u);
  std::vector<size_t> experts;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].block == 0) {
      EXPECT_EQ(groups[g].open_slots, 8);
      EXPECT_TRUE(groups[g].trajectories.empty());
      continue;
    }
    experts.push_back(g);
    EXPECT_EQ(groups[g].open_slots, 0);
    ASSERT_EQ(groups[g].trajectories.size(), 1u);
  }
  EXPECT_EQ(experts, (std::vector<size_t>{2, 6, 10})) << "a fifth of 16, among the 12 that can";
}

TEST(Blocks, PromptsWithoutADemonstrationAreNeverExperts) {
  const GroupBuilder builder(config_of("chord_mu"), 1);
  const std::vector<Group> groups = builder.open(prompts(1), 0);
  EXPECT_EQ(groups.size(), 14u) << "two expert groups found no prompt and are left out";
  size_t experts = 0;
  for (const Group& group : groups) experts += group.block == 1 ? 1 : 0;
  EXPECT_EQ(experts, 1u);
}

TEST(Blocks, SizesAreRoundedToTheLargestRemainders) {
  std::vector<GroupConfig> blocks(3);
  const double shares[] = {0.5, 0.3, 0.2};
  for (size_t b = 0; b < 3; ++b) blocks[b].share = shares[b];
  EXPECT_EQ(block_sizes(blocks, 16), (std::vector<int64_t>{8, 5, 3}));
  EXPECT_EQ(block_sizes(blocks, 7), (std::vector<int64_t>{4, 2, 1}));
  EXPECT_EQ(block_sizes(blocks, 10), (std::vector<int64_t>{5, 3, 2}));
}

TEST(Blocks, ImpossibleSharesAreRefused) {
  EXPECT_THROW(config_of("chord_mu", {"groups.experts.share=0.3"}), UserError);
  EXPECT_THROW(config_of("chord_mu", {"groups.experts.share=0.01", "groups.rollouts.share=0.99"}),
               UserError);
  EXPECT_THROW(config_of("chord_mu", {"slots=[{source: policy, n: 8}]"}), UserError);
  EXPECT_THROW(config_of("luffy", {"slots=[]"}), UserError);
  EXPECT_THROW(config_of("luffy", {"slots.1.guidance={kind: prefix_linear}"}), UserError);
  EXPECT_THROW(config_of("luffy", {"slots.0.train_guidance=false"}), UserError);
  EXPECT_THROW(config_of("luffy", {"slots.0.guidance={kind: prefix_random, min: 0.5, max: 0.2}"}),
               UserError);
  EXPECT_THROW(config_of("luffy", {"update.loss_scale=verl"}), UserError);
}

TEST(Demonstrations, SeveralAPromptTheFirstOrDrawn) {
  const TrainConfig first =
      config_of("luffy", {"slots=[{source: demonstration, n: 2}, {source: policy, n: 6}]"});
  const auto groups = GroupBuilder(first, 1).open(prompts(16, 5), 0);
  for (const Group& group : groups) {
    ASSERT_EQ(group.trajectories.size(), 2u);
    EXPECT_EQ(group.trajectories[0].response_ids.front(), 100);
    EXPECT_EQ(group.trajectories[1].response_ids.front(), 101);
    EXPECT_EQ(group.open_slots, 6);
  }
  const TrainConfig drawn = config_of(
      "luffy", {"slots=[{source: demonstration, n: 2, pick: random}, {source: policy, n: 6}]"});
  const GroupBuilder builder(drawn, 1);
  std::set<int32_t> seen;
  for (int64_t iteration = 0; iteration < 4; ++iteration) {
    const auto now = builder.open(prompts(16, 5), iteration),
               again = builder.open(prompts(16, 5), iteration);
    for (size_t g = 0; g < now.size(); ++g) {
      EXPECT_NE(now[g].trajectories[0].response_ids, now[g].trajectories[1].response_ids);
      EXPECT_EQ(now[g].trajectories[0].response_ids, again[g].trajectories[0].response_ids);
      seen.insert(now[g].trajectories[0].response_ids.front());
    }
  }
  EXPECT_EQ(seen.size(), 5u);
}

// V32 of the LUFFY vectors: int(length * ratio); a ratio below 1 leaves the end token to the policy.
TEST(Guidance, PrefixesAreCutAsInTheReleasedCode) {
  for (const auto& [length, share, tokens] : {std::tuple<size_t, double, int32_t>{101, 0.5, 50},
                                              {101, 0.99, 99},
                                              {101, 1.0, 101},
                                              {3, 0.2, 0}}) {
    const TrainConfig config = config_of(
        "luffy",
        {fmt::format("slots.0.guidance={{kind: prefix_fixed, min: {0}, max: {0}}}", share)});
    std::vector<DrawnPrompt> one = prompts(1);
    one.resize(1);
    one[0].demonstration_ids[0].assign(length, 7);
    const auto groups = GroupBuilder(config, 1).open(std::move(one), 0);
    if (tokens == static_cast<int32_t>(length)) {
      EXPECT_EQ(groups[0].trajectories.size(), 1u);
    } else if (tokens == 0) {
      EXPECT_EQ(groups[0].open_slots, 8);
    } else {
      ASSERT_EQ(groups[0].open_prefixes.size(), 1u);
      EXPECT_EQ(groups[0].open_prefixes[0].tokens, tokens);
    }
  }
}

TEST(Guidance, FixedSharesAreSpreadOverTheSlot) {
  const TrainConfig config = config_of(
      "luffy",
      {"slots=[{source: demonstration, n: 4, guidance: {kind: prefix_fixed, min: 0.2, max: 0.8}}, "
       "{source: policy, n: 4}]"});
  const auto groups = GroupBuilder(config, 1).open(prompts(16), 0);
  std::vector<int32_t> tokens;
  for (const Prefix& prefix : groups[0].open_prefixes) tokens.push_back(prefix.tokens);
  EXPECT_EQ(tokens, (std::vector<int32_t>{2, 4, 6, 8}));
}

TEST(Guidance, AResponseIsTwoSpansAndOnlyTrainedTokensAreTargets) {
  for (const bool trained : {true, false}) {
    const TrainConfig config =
        config_of("prefix_rl", {trained ? "groups.prefixed.slots.0.train_guidance=true"
                                        : "groups.prefixed.slots.0.train_guidance=false"});
    const GroupBuilder builder(config, 1);
    std::vector<DrawnPrompt> drawn = prompts(12);
    drawn[0].demonstration_logprob = {std::vector<float>(10, -0.5f)};
    std::vector<Group> groups = builder.open(std::move(drawn), 0);
    const auto requests = builder.next_round(groups);
    ASSERT_EQ(requests.size(), groups.size()) << "one cut for all responses of a prompt";
    ASSERT_EQ(groups[0].block, 0u);
    EXPECT_EQ(requests[0].sample_count, 8u);
    const Prefix prefix = requests[0].prefix;
    EXPECT_GE(prefix.tokens, 4);
    EXPECT_LE(prefix.tokens, 8);
    std::vector<Sampled> samples;
    for (const RoundRequest& own : requests)
      for (uint32_t i = 0; i < own.sample_count; ++i)
        samples.push_back({.group = own.group,
                           .prefix = own.prefix,
                           .sample = own.sample_begin + i,
                           .response_ids = {5, 6},
                           .behavior_logprob = {-1.f, -2.f},
                           .old_logprob = {-1.f, -2.f},
                           .finish = FinishReason::eos});
    builder.fill(groups, std::move(samples), 3);
    EXPECT_TRUE(builder.next_round(groups).empty());
    const Trajectory& own = groups[0].trajectories.at(7);
    ASSERT_EQ(own.spans.size(), 2u);
    EXPECT_EQ(own.spans[0].source, Source::demonstration);
    EXPECT_EQ(own.spans[1].source, Source::policy);
    EXPECT_EQ(own.spans[1].policy_version, 3);
    EXPECT_EQ(own.response_ids.size(), static_cast<size_t>(prefix.tokens) + 2);
    EXPECT_TRUE(std::isnan(own.old_logprob[0]));
    EXPECT_EQ(own.behavior_logprob[0], -0.5f) << "what the author's probabilities were is known";
    EXPECT_EQ(own.old_logprob.back(), -2.f);
    const auto packed = pack({groups[0]}, 1, 4096);
    const size_t per_response = trained ? static_cast<size_t>(prefix.tokens) + 2 : 2;
    EXPECT_EQ(packed[0].micro_batches[0].facts.size(), 8 * per_response);
  }
}

TEST(Guidance, SampleNumbersOfAPromptDrawnTwiceDiffer) {
  const GroupBuilder builder(config_of("luffy_prefix"), 1);
  std::vector<DrawnPrompt> drawn = prompts(16);
  drawn[1].prompt.id = drawn[0].prompt.id;
  drawn[1].occurrence = 1;
  const std::vector<Group> groups = builder.open(std::move(drawn), 0);
  std::set<uint32_t> numbers;
  size_t count = 0;
  for (const RoundRequest& own : builder.next_round(groups))
    for (uint32_t i = 0; own.group < 2 && i < own.sample_count; ++i, ++count)
      numbers.insert(own.sample_begin + i);
  EXPECT_EQ(numbers.size(), count);
}

}  // namespace
}  // namespace rlreason::train
