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
    drawn[p].prompt.verifier = "marked";
    drawn[p].prompt.gold = "7";
    drawn[p].prompt_ids = {1, 2, 3};
    for (size_t d = 0; p < with && d < demonstrations; ++d)
      drawn[p].demonstration_ids.push_back(std::vector<int32_t>(10, static_cast<int32_t>(100 + d)));
  }
  return drawn;
}

// Token 9 writes the right answer.
const tokenizer::Tokenizer& words() {
  static const tokenizer::Tokenizer kWords = [] {
    std::vector<std::string> all;
    for (int i = 0; i < 120; ++i) all.push_back("w" + std::to_string(i));
    all[0] = "_", all[1] = "$", all[8] = "#", all[9] = "7";
    return tokenizer::Tokenizer::word_level(all, "$", "_");
  }();
  return kWords;
}

// What a builder asks for in its first round, or in the next.
std::vector<RoundRequest> round_of(const GroupBuilder& builder, std::vector<Group>& groups) {
  RoundCounts counts;
  return builder.next_round(groups, words(), 0, counts);
}

int64_t plain_openings(const Group& group) {
  int64_t count = 0;
  for (const Opening& opening : group.open) count += opening.given.empty() ? opening.count : 0;
  return count;
}

std::vector<int32_t> given_tokens(const Group& group) {
  std::vector<int32_t> tokens;
  for (const Opening& opening : group.open)
    for (int64_t i = 0; i < opening.count && !opening.given.empty(); ++i)
      tokens.push_back(static_cast<int32_t>(opening.given.size()));
  return tokens;
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
      EXPECT_EQ(plain_openings(groups[g]), 8);
      EXPECT_TRUE(groups[g].trajectories.empty());
      continue;
    }
    experts.push_back(g);
    EXPECT_EQ(plain_openings(groups[g]), 0);
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
    EXPECT_EQ(plain_openings(group), 6);
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
      EXPECT_EQ(plain_openings(groups[0]), 8);
    } else {
      EXPECT_EQ(given_tokens(groups[0]), std::vector<int32_t>{tokens});
    }
  }
}

TEST(Guidance, FixedSharesAreSpreadOverTheSlot) {
  const TrainConfig config = config_of(
      "luffy",
      {"slots=[{source: demonstration, n: 4, guidance: {kind: prefix_fixed, min: 0.2, max: 0.8}}, "
       "{source: policy, n: 4}]"});
  const auto groups = GroupBuilder(config, 1).open(prompts(16), 0);
  EXPECT_EQ(given_tokens(groups[0]), (std::vector<int32_t>{2, 4, 6, 8}));
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
    const auto requests = round_of(builder, groups);
    ASSERT_EQ(requests.size(), groups.size()) << "one cut for all responses of a prompt";
    ASSERT_EQ(groups[0].block, 0u);
    EXPECT_EQ(requests[0].sample_count, 8u);
    const size_t given = groups[0].open[requests[0].opening].given.size();
    EXPECT_GE(given, 4u);
    EXPECT_LE(given, 8u);
    std::vector<Sampled> samples;
    for (const RoundRequest& own : requests)
      for (uint32_t i = 0; i < own.sample_count; ++i)
        samples.push_back({.group = own.group,
                           .opening = own.opening,
                           .sample = own.sample_begin + i,
                           .response_ids = {5, 6},
                           .behavior_logprob = {-1.f, -2.f},
                           .old_logprob = {-1.f, -2.f},
                           .finish = FinishReason::eos});
    builder.fill(groups, std::move(samples), 3);
    EXPECT_TRUE(round_of(builder, groups).empty());
    const Trajectory& own = groups[0].trajectories.at(7);
    ASSERT_EQ(own.spans.size(), 2u);
    EXPECT_EQ(own.spans[0].source, Source::demonstration);
    EXPECT_EQ(own.spans[1].source, Source::policy);
    EXPECT_EQ(own.spans[1].policy_version, 3);
    EXPECT_EQ(own.response_ids.size(), given + 2);
    EXPECT_TRUE(std::isnan(own.old_logprob[0]));
    EXPECT_EQ(own.behavior_logprob[0], -0.5f) << "what the author's probabilities were is known";
    EXPECT_EQ(own.old_logprob.back(), -2.f);
    const auto packed = pack({groups[0]}, 1, 4096);
    const size_t per_response = trained ? given + 2 : 2;
    EXPECT_EQ(packed[0].micro_batches[0].facts.size(), 8 * per_response);
  }
}

TEST(Guidance, SampleNumbersOfAPromptDrawnTwiceDiffer) {
  const GroupBuilder builder(config_of("luffy_prefix"), 1);
  std::vector<DrawnPrompt> drawn = prompts(16);
  drawn[1].prompt.id = drawn[0].prompt.id;
  drawn[1].occurrence = 1;
  std::vector<Group> groups = builder.open(std::move(drawn), 0);
  std::set<uint32_t> numbers;
  size_t count = 0;
  for (const RoundRequest& own : round_of(builder, groups))
    for (uint32_t i = 0; own.group < 2 && i < own.sample_count; ++i, ++count)
      numbers.insert(own.sample_begin + i);
  EXPECT_EQ(numbers.size(), count);
}

// Answers every request: `right` says whether a sample is right, by the round.
void answer(const GroupBuilder& builder, std::vector<Group>& groups,
            const std::vector<RoundRequest>& requests, bool right) {
  std::vector<Sampled> samples;
  for (const RoundRequest& own : requests)
    for (uint32_t i = 0; i < own.sample_count; ++i)
      samples.push_back({.group = own.group,
                         .opening = own.opening,
                         .sample = own.sample_begin + i,
                         .response_ids = {5, 8, right ? 9 : 10, 1},
                         .behavior_logprob = {-1.f, -2.f, -3.f, -4.f},
                         .old_logprob = {-1.f, -2.f, -3.f, -4.f},
                         .finish = FinishReason::eos});
  builder.fill(groups, std::move(samples), 3);
}

TrainConfig conditional(const std::string& slots) {
  return config_of("on_policy", {"slots=" + slots});
}

TEST(Rounds, AGreedyProbeDecidesWhoIsSampledAndIsNeverTrainedOn) {
  const GroupBuilder builder(
      conditional("[{source: greedy, n: 1}, {source: policy, n: 4, when: greedy_fail}]"), 1);
  std::vector<Group> groups = builder.open(prompts(0), 0);
  const std::vector<RoundRequest> probes = round_of(builder, groups);
  ASSERT_EQ(probes.size(), 16u);
  EXPECT_TRUE(groups[0].open[0].greedy);
  const std::vector<RoundRequest> half(probes.begin(), probes.begin() + 8);
  const std::vector<RoundRequest> rest(probes.begin() + 8, probes.end());
  answer(builder, groups, half, true);
  answer(builder, groups, rest, false);
  const std::vector<RoundRequest> requests = round_of(builder, groups);
  ASSERT_EQ(requests.size(), 8u);
  EXPECT_EQ(requests[0].group, 8u);
  EXPECT_EQ(requests[0].sample_begin, 0u) << "the arg max takes no sample number";
  EXPECT_EQ(requests[0].sample_count, 4u);
  answer(builder, groups, requests, true);
  EXPECT_TRUE(round_of(builder, groups).empty());
  builder.judge(groups, words());
  ASSERT_EQ(groups.size(), 8u)
      << "prompts that the greedy response solves have nothing to train on";
  for (const Group& group : groups) EXPECT_EQ(group.trajectories.size(), 4u);
  EXPECT_EQ(GroupBuilder::facts_of(groups).greedy_reward, std::vector<double>(32, 0.0));
}

TEST(Rounds, RetriesGoOnFromFailedResponsesOnlyWhereAllFailed) {
  const GroupBuilder builder(
      conditional(
          "[{source: policy, n: 2}, {source: retry, n: 3, when: all_fail, train_guidance: false, "
          "guidance: {kind: prefix_fixed, min: 0.5, max: 0.5}}]"),
      1);
  std::vector<Group> groups = builder.open(prompts(0), 0);
  std::vector<RoundRequest> first = round_of(builder, groups);
  answer(builder, groups, {first[0]}, true);
  answer(builder, groups, {first.begin() + 1, first.end()}, false);
  const std::vector<RoundRequest> retries = round_of(builder, groups);
  ASSERT_EQ(retries.size(), 15u);
  EXPECT_EQ(retries[0].group, 1u);
  EXPECT_EQ(retries[0].sample_begin, 2u) << "sample numbers run on";
  EXPECT_EQ(retries[0].sample_count, 3u) << "equal beginnings are one request";
  answer(builder, groups, retries, true);
  EXPECT_TRUE(round_of(builder, groups).empty());
  const Trajectory& own = groups[1].trajectories.at(2);
  EXPECT_EQ(own.response_ids, (std::vector<int32_t>{5, 8, 5, 8, 9, 1}));
  EXPECT_FALSE(own.spans[0].trained);
  EXPECT_EQ(own.old_logprob, (std::vector<float>{-1.f, -2.f, -1.f, -2.f, -3.f, -4.f}));
}

TEST(Rounds, DraftsLeaveOnceOthersGoOnFromThem) {
  const GroupBuilder builder(
      config_of("sophia", {"slots=[{source: policy, n: 2}, {source: retry, from: drafts, n: 6, by: teacher, "
                           "when: after, guidance: {kind: prefix_fixed, min: 0.5, max: 0.5}}]"}),
      1);
  std::vector<Group> groups = builder.open(prompts(0), 0);
  const std::vector<RoundRequest> drafts = round_of(builder, groups);
  std::vector<Sampled> samples;
  for (const RoundRequest& own : drafts)
    for (int32_t i = 0; i < 2; ++i)  // one right, one wrong
      samples.push_back({.group = own.group,
                         .opening = own.opening,
                         .sample = own.sample_begin + static_cast<uint32_t>(i),
                         .response_ids = {5, 6 + i, 9 + i, 1},
                         .behavior_logprob = {-1.f, -2.f, -3.f, -4.f},
                         .old_logprob = {-1.f, -2.f, -3.f, -4.f},
                         .finish = FinishReason::eos});
  builder.fill(groups, std::move(samples), 3);
  const std::vector<RoundRequest> further = round_of(builder, groups);
  ASSERT_EQ(further.size(), 2 * groups.size()) << "right ones are gone on from as well";
  EXPECT_EQ(further[0].sample_count, 3u);
  EXPECT_EQ(groups[0].open[further[0].opening].by, "teacher");
  answer(builder, groups, further, true);
  EXPECT_TRUE(round_of(builder, groups).empty());
  for (const Group& group : groups) {
    ASSERT_EQ(group.trajectories.size(), 6u);
    for (const Trajectory& own : group.trajectories) {
      ASSERT_EQ(own.spans.size(), 2u);
      EXPECT_EQ(own.spans[0].source, Source::policy);
      EXPECT_TRUE(own.spans[0].trained);
      EXPECT_EQ(own.spans[1].source, Source::teacher);
      EXPECT_EQ(own.spans[1].begin, 2);
    }
  }
}

TEST(Rounds, AHintedGroupFollowsAFailedOneAndIsTrainedWithoutTheHint) {
  const TrainConfig config = config_of(
      "on_policy",
      {"slots=[]",
       "groups=[{name: plain, share: 1, slots: [{source: policy, n: 2}]}, {name: "
       "hinted, share: 0, when: all_fail, hint: stripped, slots: [{source: policy, n: 2}]}]"});
  const GroupBuilder builder(config, 1);
  std::vector<DrawnPrompt> drawn = prompts(0);
  for (size_t p = 0; p + 1 < drawn.size(); ++p) drawn[p].hinted_ids = {4, 4, 4, 4};
  std::vector<Group> groups = builder.open(std::move(drawn), 0);
  RoundCounts counts;
  std::vector<RoundRequest> first = builder.next_round(groups, words(), 0, counts);
  answer(builder, groups, {first[0]}, true);
  answer(builder, groups, {first.begin() + 1, first.end()}, false);
  const std::vector<RoundRequest> hinted = builder.next_round(groups, words(), 0, counts);
  ASSERT_EQ(hinted.size(), 14u);
  EXPECT_EQ(counts.followed_up, 14);
  EXPECT_EQ(counts.without_hint, 1);
  EXPECT_EQ(hinted[0].sample_begin, 2u);
  EXPECT_EQ(groups[hinted[0].group].sampling_prompt().size(), 4u);
  EXPECT_EQ(groups[hinted[0].group].training_prompt().size(), 3u);
  answer(builder, groups, hinted, true);
  EXPECT_TRUE(builder.next_round(groups, words(), 0, counts).empty());
  const Trajectory& own = groups.back().trajectories.at(0);
  EXPECT_TRUE(own.old_logprob.empty()) << "recorded under another prompt than the trained one";
  EXPECT_EQ(own.behavior_logprob.size(), 4u);
}

TEST(Rounds, AnIterationThatNoBlockTakesIsAnError) {
  const GroupBuilder builder(config_of("knowrl"), 1);
  EXPECT_THROW(builder.open(prompts(16), 3), DataError) << "none has hints";
}

TEST(Rounds, WhatMeansNothingIsRefused) {
  for (const char* slots :
       {"[{source: policy, n: 4, when: greedy_fail}]",
        "[{source: greedy, n: 2}, {source: policy, n: 4}]",
        "[{source: policy, n: 4}, {source: retry, n: 2, when: all_fail}]",
        "[{source: policy, n: 4}, {source: retry, n: 2, guidance: {kind: prefix_fixed}}]",
        "[{source: policy, n: 4}, {source: retry, from: drafts, n: 2, when: all_fail, guidance: "
        "{kind: prefix_fixed}}]",
        "[{source: policy, from: drafts, n: 4}]",
        "[{source: policy, n: 4}, {source: teacher, n: 1}]"})
    EXPECT_THROW(conditional(slots), UserError) << slots;
  EXPECT_THROW(config_of("on_policy", {"advantage.baseline=greedy"}), UserError);
  EXPECT_THROW(config_of("prefix_rl", {"groups.plain.hint=shown"}), UserError);
  EXPECT_THROW(config_of("prefix_rl", {"groups.plain.when=all_fail"}), UserError);
}

}  // namespace
}  // namespace rlreason::train
