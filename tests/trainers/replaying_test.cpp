// Replay between the loop and the store: which prompts join, what fills their slots, what is kept of judged groups.
#include "trainers/replaying.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "tests/support/program.h"
#include "trainers/catalog/recipe.h"
#include "trainers/packing.h"
#include "trainers/records.h"

namespace rlreason::train {
namespace {

using testing_support::Scratch;

const std::vector<std::string> kFromTheStart = {"replay.start_solve_rate=0",
                                                "replay.collect_before_start=true"};

TrainConfig config_for(const std::string& recipe, std::vector<std::string> sets = {}) {
  return resolve_config(recipe, "tiny", sets).config;
}

std::vector<DrawnPrompt> prompts(int first, int count) {
  std::vector<DrawnPrompt> drawn(static_cast<size_t>(count));
  for (int p = 0; p < count; ++p) {
    DrawnPrompt& own = drawn[static_cast<size_t>(p)];
    own.prompt.id = own.prompt.text = "p" + std::to_string(first + p);
    own.prompt.verifier = "exact";
    own.prompt.demonstrations = {{.text = "d"}};
    own.prompt_ids = {1, 2, first + p};
  }
  return drawn;
}

Trajectory written(int32_t number, bool right, int64_t version, double advantage = 0.5) {
  Trajectory own;
  own.response_ids = {7, number};
  own.behavior_logprob = {-0.5f, -0.25f * static_cast<float>(number + 1)};
  own.old_logprob = {-0.5f, -0.25f};
  own.spans = {{.begin = 0, .end = 2, .source = Source::policy, .policy_version = version}};
  own.verdict.outcome = right ? data::Outcome::right : data::Outcome::wrong;
  own.reward = right ? 1.0 : 0.0;
  own.advantage = advantage;
  return own;
}

// Groups of one prompt each, `right` of 8 responses right.
std::vector<Group> judged(int first, int count, int right, int64_t version) {
  std::vector<Group> groups;
  for (DrawnPrompt& drawn : prompts(first, count)) {
    Group group;
    group.drawn = std::move(drawn);
    for (int32_t i = 0; i < 8; ++i) group.trajectories.push_back(written(i, i < right, version));
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<double> first_is_best(const std::vector<ReplayCandidate>& candidates) {
  std::vector<double> scores;
  for (const ReplayCandidate& own : candidates) scores.push_back(own.response_ids->back());
  return scores;
}

int64_t replayed_prompts(const std::vector<DrawnPrompt>& drawn) {
  return std::count_if(drawn.begin(), drawn.end(), [](const auto& own) { return own.from_replay; });
}

TEST(Replaying, HalfOfThePromptsComeFromTheStoreWithOneResponseEach) {
  const Scratch scratch;
  const TrainConfig config = config_for("exgrpo", kFromTheStart);
  Replayer replayer(config, 1, scratch.path());
  replayer.collect(judged(0, 12, 4, 3), 0);
  const auto drawn = replayer.join(prompts(100, 16), 1, first_is_best);
  ASSERT_EQ(drawn.size(), 16u);
  EXPECT_EQ(replayed_prompts(drawn), 8);
  const GroupBuilder builder(config, 1);
  const std::vector<Group> groups = builder.open(drawn, 1);
  ASSERT_EQ(groups.size(), 16u);
  for (const Group& group : groups) {
    const bool own = group.block == 1;
    EXPECT_EQ(group.drawn.from_replay, own);
    ASSERT_EQ(group.open.size(), 1u);
    EXPECT_EQ(group.open[0].count, own ? 7 : 8);
    ASSERT_EQ(group.trajectories.size(), own ? 1u : 0u);
    if (!own) continue;
    const Trajectory& replay = group.trajectories[0];
    EXPECT_EQ(replay.source(), Source::replay);
    EXPECT_EQ(replay.response_ids, (std::vector<int32_t>{7, 0})) << "the lowest score";
    EXPECT_EQ(replay.behavior_logprob, (std::vector<float>{-0.5f, -0.25f}));
    EXPECT_TRUE(replay.old_logprob.empty()) << "scored again";
    EXPECT_EQ(replay.spans[0].policy_version, 3);
    EXPECT_FALSE(replay.own_advantage);
    EXPECT_TRUE(group.drawn.prompt.demonstrations.empty());
  }
  // Replayed prompts are spread, so that both mini-batches have their share.
  const auto packed = pack(groups, 2, 100000);
  int64_t replayed[2] = {0, 0};
  for (size_t m = 0; m < 2; ++m)
    for (const Source source : packed[m].micro_batches[0].facts.source)
      replayed[m] += source == Source::replay ? 1 : 0;
  EXPECT_EQ(replayed[0], replayed[1]);
}

TEST(Replaying, WhatTheStoreLacksIsFilledFromThePolicyAndCounted) {
  const Scratch scratch;
  const TrainConfig config = config_for("exgrpo", kFromTheStart);
  Replayer replayer(config, 1, scratch.path());
  const GroupBuilder builder(config, 1);
  for (const int known : {0, 3}) {
    if (known > 0) replayer.collect(judged(0, known, 4, 3), 0);
    const auto groups = builder.open(replayer.join(prompts(100, 16), 1, first_is_best), 1);
    ASSERT_EQ(groups.size(), 16u) << known;
    int64_t responses = 0, missing = 0;
    for (const Group& group : groups) {
      responses += static_cast<int64_t>(group.trajectories.size());
      missing += group.replay_missing;
      for (const Opening& opening : group.open) responses += opening.count;
    }
    EXPECT_EQ(responses, 16 * 8);
    EXPECT_EQ(missing, 8 - known);
    nlohmann::json values = nlohmann::json::object();
    replayer.write(groups, 1, 5, values);
    EXPECT_EQ(values.at("replay/missing"), 8 - known);
    EXPECT_EQ(values.at("replay/active"), 1);
    EXPECT_EQ(values.contains("replay/lag_mean"), known > 0);
    if (known > 0) {
      EXPECT_EQ(values.at("replay/lag_mean"), 2);
      EXPECT_EQ(values.at("replay/size"), 12);
      EXPECT_EQ(values.at("replay/bucket_4"), 3);
      EXPECT_EQ(values.at("replay/age_max"), 1);
      EXPECT_DOUBLE_EQ(values.at("replay/share").get<double>(), 3.0 / 3.0) << "policy slots open";
    }
  }
}

TEST(Replaying, NothingBeforeTheStartAndNothingAfterTheEnd) {
  const Scratch scratch;
  Replayer late(config_for("exgrpo", {"replay.start_solve_rate=0.35"}), 1, scratch.path());
  late.collect(judged(0, 6, 2, 0), 0);  // a quarter right
  EXPECT_EQ(replayed_prompts(late.join(prompts(100, 16), 1, first_is_best)), 0);
  late.collect(judged(0, 6, 3, 0), 1);  // 0.375: from now on
  EXPECT_EQ(replayed_prompts(late.join(prompts(100, 16), 2, first_is_best)), 0)
      << "and nothing was collected yet";
  late.collect(judged(0, 6, 2, 0), 2);
  EXPECT_EQ(replayed_prompts(late.join(prompts(100, 16), 3, first_is_best)), 6);
  Replayer ends(config_for("remix"), 1, scratch / "other");
  ends.collect(judged(0, 6, 2, 0), 48);
  EXPECT_EQ(replayed_prompts(ends.join(prompts(100, 16), 49, {})), 6);
  ends.collect(judged(0, 6, 2, 0), 49);
  EXPECT_EQ(replayed_prompts(ends.join(prompts(100, 16), 50, {})), 0);
}

TEST(Replaying, ReplayedRightAnswersCountOnlyInTheCompatMode) {
  for (const bool compat : {false, true}) {
    const Scratch scratch;
    Replayer replayer(config_for(compat ? "exgrpo_compat" : "exgrpo", kFromTheStart), 1,
                      scratch.path());
    replayer.collect(judged(0, 4, 3, 0), 0);
    auto groups = judged(0, 4, 3, 1);
    for (Group& group : groups) {
      group.trajectories[7] = written(99, true, 0);
      group.trajectories[7].spans[0].source = Source::replay;
    }
    replayer.collect(groups, 1);
    nlohmann::json values = nlohmann::json::object();
    replayer.write(groups, 1, 1, values);
    EXPECT_EQ(values.value("replay/bucket_3", 0), compat ? 0 : 4);
    EXPECT_EQ(values.value("replay/bucket_4", 0), compat ? 4 : 0);
  }
}

TEST(Replaying, SolvedPromptsRetireAndTheirResponsesGo) {
  const Scratch scratch;
  Replayer replayer(config_for("exgrpo", kFromTheStart), 1, scratch.path());
  replayer.collect(judged(0, 5, 4, 0), 0);
  replayer.collect(judged(0, 2, 8, 1), 1);
  EXPECT_EQ(replayer.retired()->size(), 2u);
  EXPECT_EQ(replayed_prompts(replayer.join(prompts(100, 16), 2, first_is_best)), 3);
  const Scratch other;
  Replayer plain(config_for("grpo", {"retire.pass_rate=0.9"}), 1, other.path());
  plain.collect(judged(0, 2, 8, 1), 1);
  plain.collect(judged(2, 2, 7, 1), 1);
  EXPECT_EQ(plain.retired()->size(), 2u);
  EXPECT_FALSE(std::filesystem::exists(other / "replay"));
  Replayer off(config_for("grpo"), 1, other.path());
  EXPECT_FALSE(off.on());
  EXPECT_EQ(off.retired(), nullptr);
}

TEST(Replaying, HintedGuidedAndOthersResponsesAreNotTheRunsOwn) {
  const Scratch scratch;
  Replayer replayer(config_for("exgrpo", kFromTheStart), 1, scratch.path());
  auto groups = judged(0, 1, 4, 0);
  groups[0].trajectories[0].spans[0].policy_version = -1;       // of an anchor
  groups[0].trajectories[1].spans[0].source = Source::teacher;  // of a teacher
  groups[0].trajectories[2].spans = {{.begin = 0, .end = 1, .source = Source::demonstration},
                                     {.begin = 1, .end = 2}};  // guided
  replayer.collect(groups, 0);
  nlohmann::json values = nlohmann::json::object();
  replayer.write(groups, 0, 0, values);
  EXPECT_EQ(values.at("replay/size"), 1);
  groups = judged(1, 1, 4, 0);
  groups[0].hinted = true;
  replayer.collect(groups, 0);
  replayer.write(groups, 0, 0, values);
  EXPECT_EQ(values.at("replay/size"), 1);
}

TEST(Replaying, StoredAndRecentAdvantagesStandInForTheGroups) {
  const Scratch scratch;
  const TrainConfig config = config_for("spear");
  Replayer replayer(config, 1, scratch.path());
  replayer.collect(judged(0, 6, 3, 0), 0);  // median reward 0
  auto groups = GroupBuilder(config, 1).open(replayer.join(prompts(100, 16), 1, {}), 1);
  int64_t replayed = 0;
  for (const Group& group : groups)
    for (const Trajectory& own : group.trajectories) {
      EXPECT_TRUE(own.own_advantage == 1.0 || own.own_advantage == 0.0);
      ++replayed;
    }
  EXPECT_EQ(replayed, 3) << "a fifth of 16";
  // With the median at 1 only right ones are left, at 0; above it none.
  replayer.collect(judged(10, 12, 8, 0), 1);
  for (const DrawnPrompt& own : replayer.join(prompts(100, 16), 2, {}))
    for (const Trajectory& replay : own.replayed) EXPECT_EQ(replay.own_advantage, 0.0);
}

TEST(Replaying, ACachedSuccessJoinsAGroupThatFailedAltogether) {
  const Scratch scratch;
  const TrainConfig config = config_for("bepa");
  const GroupBuilder builder(config, 1);
  Replayer replayer(config, 1, scratch.path());
  replayer.collect(judged(100, 3, 4, 0), 0);
  auto groups = builder.open(replayer.join(prompts(100, 4), 1, {}), 1);
  ASSERT_EQ(groups.size(), 4u);
  const tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::characters(kCharacters);
  RoundCounts counts;
  for (auto requests = builder.next_round(groups, tokenizer, 1, counts); !requests.empty();
       requests = builder.next_round(groups, tokenizer, 1, counts)) {
    std::vector<Sampled> samples;
    for (const RoundRequest& own : requests)
      for (uint32_t s = 0; s < own.sample_count; ++s)
        samples.push_back({.group = own.group,
                           .opening = own.opening,
                           .sample = own.sample_begin + s,
                           .response_ids = {own.group == 0 && s == 0 ? 5 : 9},
                           .behavior_logprob = {-1},
                           .old_logprob = {-1}});
    builder.fill(groups, std::move(samples), 4);
    for (Trajectory& own : groups[0].trajectories) {  // judged here: one is right
      own.verdict.outcome = own.response_ids[0] == 5 ? data::Outcome::right : data::Outcome::wrong;
      own.reward_parts["verdict"] = 0;
    }
  }
  const size_t expected[] = {8, 9, 9, 8};
  for (size_t g = 0; g < 4; ++g) {
    EXPECT_EQ(groups[g].trajectories.size(), expected[g]) << g;
    EXPECT_EQ(groups[g].replay_missing, g == 3 ? 1 : 0) << g;
  }
}

TEST(Replaying, AnEntryMayBeReplacedInTheIterationThatReplaysIt) {
  const Scratch scratch;
  Replayer replayer(config_for("bepa"), 1, scratch.path());
  replayer.collect(judged(100, 1, 1, 0), 0);
  auto drawn = replayer.join(prompts(100, 1), 1, {});
  ASSERT_EQ(drawn[0].replayed.size(), 1u);
  auto groups = judged(100, 2, 3, 4);
  groups[1].drawn = drawn[0];
  groups[1].trajectories = {drawn[0].replayed[0]};
  replayer.collect(groups, 1);
  nlohmann::json values = nlohmann::json::object();
  replayer.write(groups, 1, 4, values);
  EXPECT_EQ(values.at("replay/size"), 1);
  EXPECT_EQ(values.at("replay/used_mean"), 0) << "the newer one, not used yet";
}

TEST(Replaying, StateComesBackThroughACheckpointsFolder) {
  const Scratch scratch;
  const TrainConfig config = config_for("exgrpo", kFromTheStart);
  Replayer replayer(config, 1, scratch.path());
  replayer.collect(judged(0, 12, 4, 3), 0);
  replayer.collect(judged(0, 2, 8, 3), 1);
  process::make_directories(scratch / "c");
  replayer.save(scratch / "c");
  EXPECT_EQ(replayer.problem_of(scratch / "c"), std::nullopt);
  Replayer again(config, 1, scratch.path());
  again.restore(scratch / "c");
  EXPECT_EQ(again.retired()->keys(), replayer.retired()->keys());
  const auto a = replayer.join(prompts(100, 16), 2, first_is_best),
             b = again.join(prompts(100, 16), 2, first_is_best);
  for (size_t p = 0; p < a.size(); ++p) {
    EXPECT_EQ(a[p].prompt.id, b[p].prompt.id);
    ASSERT_EQ(a[p].replayed.size(), b[p].replayed.size());
  }
  process::write_file_atomic(scratch / "c/replay.json", "{}");
  EXPECT_NE(again.problem_of(scratch / "c"), std::nullopt);
  EXPECT_THROW(again.restore(scratch / "c"), DataError);
}

}  // namespace
}  // namespace rlreason::train
