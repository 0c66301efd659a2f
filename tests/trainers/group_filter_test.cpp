// Filters on an iteration's groups: who is marked, how many groups stay, what is packed.
#include "trainers/group_filter.h"

#include <gtest/gtest.h>

#include "core/config/parse.h"
#include "trainers/catalog/recipe.h"
#include "trainers/packing.h"

namespace rlreason::train {
namespace {

TrainConfig config_with(const std::string& filters) {
  TrainConfig config =
      config::parse<TrainConfig>(config::parse_yaml("filters: " + filters, "test"));
  resolve_pieces(config);
  return config;
}

// One group a string: a letter a response, r right, w wrong, c cut by the length limit and wrong.
std::vector<Group> groups_of(const std::vector<std::string>& patterns) {
  std::vector<Group> groups;
  for (const std::string& pattern : patterns) {
    Group group;
    group.drawn.prompt.id = "p" + std::to_string(groups.size());
    group.drawn.prompt_ids = {1, 2};
    for (const char letter : pattern) {
      Trajectory own;
      own.group = static_cast<int64_t>(groups.size());
      own.response_ids = {3, 4, 5};
      own.spans = {{.begin = 0, .end = 3}};
      own.verdict.outcome = letter == 'r' ? data::Outcome::right : data::Outcome::wrong;
      own.reward = letter == 'r' ? 1.0 : 0.0;
      own.finish = letter == 'c' ? FinishReason::length : FinishReason::eos;
      group.trajectories.push_back(own);
    }
    groups.push_back(group);
  }
  return groups;
}

std::string marks(const std::vector<Group>& groups) {
  std::string text;
  for (const Group& group : groups) {
    for (const Trajectory& own : group.trajectories) text += own.kept ? '1' : '0';
    text += ' ';
  }
  return text;
}

TEST(GroupFilter, WithoutFiltersEverythingStays) {
  auto groups = groups_of({"rr", "wc"});
  const GroupFilter filter{TrainConfig()};
  filter.apply(groups);
  EXPECT_EQ(marks(groups), "11 11 ");
  nlohmann::json values = nlohmann::json::object();
  filter.write(groups, 1, values);
  EXPECT_TRUE(values.empty());
}

TEST(GroupFilter, AllFiltersMustAgreeAndMarksAreMadeAnew) {
  auto groups = groups_of({"rw", "rr", "cr", "ww", "cc"});
  const GroupFilter filter(
      config_with("[{kind: band, low: 0, high: 1, strict: true}, overlong_mask]"));
  filter.apply(groups);
  EXPECT_EQ(marks(groups), "11 00 01 00 00 ");
  EXPECT_EQ(GroupFilter::kept(groups), 2);
  GroupFilter::keep_first(groups, 1);
  EXPECT_EQ(marks(groups), "11 00 00 00 00 ");
  nlohmann::json values = nlohmann::json::object();
  filter.write(groups, 3, values);
  EXPECT_EQ(values.at("rollout/rounds"), 3);
  EXPECT_DOUBLE_EQ(values.at("train/kept_groups"), 0.2);
  EXPECT_DOUBLE_EQ(values.at("train/kept_sequences"), 0.2);
  filter.apply(groups);
  EXPECT_EQ(marks(groups), "11 00 01 00 00 ");
}

TEST(GroupFilter, PromptsDrawnAgainContinueTheirSampleNumbers) {
  const auto earlier = groups_of({"rw", "rr"});
  auto later = groups_of({"rw", "rw", "rw"});
  later[0].drawn.occurrence = 1;
  GroupFilter::number(earlier, later);
  EXPECT_EQ(later[0].drawn.occurrence, 2u);
  EXPECT_EQ(later[1].drawn.occurrence, 1u);
  EXPECT_EQ(later[2].drawn.occurrence, 0u) << "a new prompt";
}

TEST(GroupFilter, WhatIsLeftOutIsPackedNowhere) {
  auto groups = groups_of({"ww", "cr", "rw", "rr", "rw"});
  GroupFilter(config_with("[drop_zero_variance, overlong_mask]")).apply(groups);
  const auto packed = pack(groups, 3, 1000);
  ASSERT_EQ(packed.size(), 3u) << "each step gets one of the three groups that stay";
  EXPECT_EQ(packed[0].sequences, 1);
  EXPECT_EQ(packed[1].sequences, 2);
  EXPECT_EQ(packed[2].sequences, 2);
  for (const MiniBatch& own : packed) EXPECT_EQ(own.prompts, 1);
  GroupFilter::keep_first(groups, 0);
  EXPECT_TRUE(pack(groups, 3, 1000).empty()) << "nothing to learn from: no optimizer step";
}

}  // namespace
}  // namespace rlreason::train
