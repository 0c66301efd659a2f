// Packing by hand-written expectations: the prompt once, targets from the prompt's last token on, streams in step.
#include "trainers/packing.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rlreason::train {
namespace {

Group group_of(std::vector<int32_t> prompt, std::vector<std::vector<int32_t>> responses) {
  Group group;
  group.drawn.prompt_ids = std::move(prompt);
  for (size_t i = 0; i < responses.size(); ++i) {
    Trajectory own;
    own.response_ids = responses[i];
    own.spans = {{.begin = 0,
                  .end = static_cast<int32_t>(responses[i].size()),
                  .source = i == 0 ? Source::demonstration : Source::policy}};
    own.advantage = 0.5 * static_cast<double>(i + 1);
    if (i > 0)
      for (size_t t = 0; t < responses[i].size(); ++t)
        own.old_logprob.push_back(-0.1f * static_cast<float>(t + 1));
    group.trajectories.push_back(std::move(own));
  }
  return group;
}

TEST(Packing, PromptOnceAndTargetsInStep) {
  const auto packed = pack({group_of({7, 8}, {{1, 2, 3}, {4, 5}})}, 1, 100);
  ASSERT_EQ(packed.size(), 1u);
  ASSERT_EQ(packed[0].micro_batches.size(), 1u);
  const MicroBatch& batch = packed[0].micro_batches[0];
  EXPECT_EQ(packed[0].sequences, 2);
  EXPECT_EQ(batch.layout.tokens, (std::vector<int32_t>{7, 8, 1, 2, 3, 4, 5}));
  EXPECT_EQ(batch.layout.positions, (std::vector<int32_t>{0, 1, 2, 3, 4, 2, 3}));
  EXPECT_EQ(batch.targets.row, (std::vector<int32_t>{1, 2, 3, 1, 5}));
  EXPECT_EQ(batch.targets.token, (std::vector<int32_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(batch.facts.sequence, (std::vector<int64_t>{0, 0, 0, 1, 1}));
  EXPECT_EQ(batch.advantage, (std::vector<double>{0.5, 0.5, 0.5, 1.0, 1.0}));
  for (size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(std::isnan(batch.old_logprob[i])) << "nobody recorded the demonstration's";
  EXPECT_FLOAT_EQ(batch.old_logprob[4], -0.2f);
}

TEST(Packing, UntrainedSpansAreContextOnly) {
  Group group = group_of({9}, {{1, 2, 3, 4}});
  group.trajectories[0].spans = {{.begin = 0,
                                  .end = 2,
                                  .source = Source::demonstration,
                                  .policy_version = -1,
                                  .trained = false},
                                 {.begin = 2, .end = 4, .source = Source::policy}};
  group.trajectories[0].old_logprob = {-1, -2, -3, -4};
  const auto packed = pack({group}, 1, 100);
  const MicroBatch& batch = packed[0].micro_batches[0];
  EXPECT_EQ(batch.layout.size(), 5);
  EXPECT_EQ(batch.targets.row, (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(batch.targets.token, (std::vector<int32_t>{3, 4}));
  EXPECT_EQ(batch.old_logprob, (std::vector<float>{-3, -4}));
}

TEST(Packing, MicroBatchesKeepTheLimitAndEveryTarget) {
  std::vector<Group> groups;
  for (int32_t g = 0; g < 7; ++g)
    groups.push_back(group_of(std::vector<int32_t>(static_cast<size_t>(3 + g), 1),
                              {{1, 2, 3}, {4, 5, 6, 7}, {8}}));
  for (const int64_t limit : {1, 9, 20, 1000}) {
    int64_t targets = 0, sequences = 0;
    for (const MiniBatch& mini_batch : pack(groups, 3, limit)) {
      sequences += mini_batch.sequences;
      for (const MicroBatch& batch : mini_batch.micro_batches) {
        targets += batch.targets.size();
        EXPECT_EQ(batch.targets.row.size(), batch.advantage.size());
        // A single response with its prompt may be larger than the limit; nothing else may.
        if (batch.layout.segments.size() > 2) {
          EXPECT_LE(batch.layout.size(), limit);
        }
      }
    }
    EXPECT_EQ(targets, 7 * 8);
    EXPECT_EQ(sequences, 21);
  }
}

}  // namespace
}  // namespace rlreason::train
