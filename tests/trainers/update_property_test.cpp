// The updater on a real, tiny model in float64 and float32: micro-batches, order of groups and recorded log-probs.
#include <ATen/ops/norm.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/scratch.h"
#include "tests/support/small_model.h"
#include "trainers/update.h"

namespace rlreason::train {
namespace {

using testing_support::small_model;

std::vector<Group> random_groups(uint64_t seed, const engine::Policy& policy, double temperature) {
  Sequence random({.seed = seed, .purpose = Purpose::noise});
  const auto tokens = [&](int64_t lo, int64_t hi) {
    std::vector<int32_t> ids(static_cast<size_t>(random.between(lo, hi)));
    for (int32_t& id : ids) id = static_cast<int32_t>(random.between(0, 19));
    return ids;
  };
  std::vector<Group> groups(5);
  for (Group& group : groups) {
    group.drawn.prompt_ids = tokens(2, 6);
    for (int i = 0; i < 4; ++i) {
      Trajectory own;
      own.response_ids = tokens(1, 7);
      own.spans = {{.begin = 0,
                    .end = static_cast<int32_t>(own.response_ids.size()),
                    .source = i == 0 ? Source::demonstration : Source::policy}};
      own.advantage = random.uniform() - 0.5;
      if (i > 0) {
        engine::Layout layout;
        engine::Targets targets;
        const int32_t segment =
            layout.append(own.response_ids, layout.append(group.drawn.prompt_ids));
        targets.append_segment(layout, segment, layout.segments[static_cast<size_t>(segment)].begin,
                               0, Source::policy);
        const at::Tensor scored =
            policy.score(layout, targets, {.entropy = false, .temperature = temperature})
                .logprob.to(at::kFloat)
                .contiguous();
        own.old_logprob.assign(scored.const_data_ptr<float>(),
                               scored.const_data_ptr<float>() + scored.numel());
        own.behavior_logprob = own.old_logprob;
        own.verdict.outcome = i == 1 ? data::Outcome::right : data::Outcome::wrong;
        own.reward = i == 1 ? 1.0 : 0.0;
      }
      group.trajectories.push_back(std::move(own));
    }
  }
  return groups;
}

tokenizer::Tokenizer tokenizer_of_20() {
  std::vector<std::string> words = {"_", "$"};
  while (words.size() < 20) words.push_back("w" + std::to_string(words.size()));
  return tokenizer::Tokenizer::word_level(words, "$", "_");
}

// A teacher with other weights than the policy's.
std::filesystem::path saved_teacher(const testing_support::Scratch& scratch, uint64_t seed) {
  engine::Policy teacher(small_model(20));
  teacher.initialise(seed);
  engine::save_policy(teacher, scratch.path(), 1, 0);
  tokenizer_of_20().save(scratch.path());
  return scratch.path();
}

struct Trained {
  at::Tensor weights, gradients;
  UpdateReport report;
};

Trained update_once(const std::string& recipe, at::ScalarType dtype,
                    const std::vector<std::string>& sets, bool reverse = false,
                    const AnchorFolders& folders = {}) {
  const TrainConfig config = resolve_config(recipe, "tiny", sets).config;
  engine::Policy policy(small_model(20), dtype);
  policy.initialise(5);
  engine::AdamW optimizer(policy.arena(), {});
  const auto communicator = engine::local_communicator();
  std::vector<Group> groups = random_groups(3, policy, config.rollout.temperature);
  if (reverse) std::reverse(groups.begin(), groups.end());
  const Anchors anchors(config, "first", folders, policy, tokenizer_of_20());
  Updater updater(config, policy, optimizer, *communicator, &anchors);
  Trained trained;
  trained.report = updater.update(groups, 10);
  trained.weights = policy.arena().weights().clone();
  trained.gradients = policy.arena().gradients().clone();
  return trained;
}

double relative(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

TEST(UpdateProperty, MicroBatchSizeChangesNoGradient) {
  for (const char* recipe : {"luffy", "rl_with_sft_loss", "on_policy", "sft"}) {
    const Trained whole = update_once(recipe, at::kDouble, {"update.micro_batch_tokens=100000"});
    for (const char* size : {"update.micro_batch_tokens=1", "update.micro_batch_tokens=17",
                             "update.micro_batch_tokens=60"})
      EXPECT_LE(relative(update_once(recipe, at::kDouble, {size}).gradients, whole.gradients),
                1e-12)
          << recipe << " " << size;
    const Trained whole_f32 = update_once(recipe, at::kFloat, {"update.micro_batch_tokens=100000"});
    EXPECT_LE(relative(update_once(recipe, at::kFloat, {"update.micro_batch_tokens=17"}).gradients,
                       whole_f32.gradients),
              1e-5)
        << recipe;
  }
}

TEST(UpdateProperty, MicroBatchSizeChangesNoGradientWhereOtherPoliciesAreAsked) {
  const testing_support::Scratch scratch;
  const AnchorFolders folders = {{"teacher", {saved_teacher(scratch, 8)}}};
  const auto gradients = [&](const char* recipe, const char* size) {
    return update_once(recipe, at::kDouble, {size}, false, folders).gradients;
  };
  for (const char* recipe : {"opd", "exopd", "kdrl", "trrd", "rapo", "grpo"}) {
    const at::Tensor whole = gradients(recipe, "update.micro_batch_tokens=100000");
    for (const char* size : {"update.micro_batch_tokens=1", "update.micro_batch_tokens=17"})
      EXPECT_LE(relative(gradients(recipe, size), whole), 1e-12) << recipe << " " << size;
  }
}

TEST(UpdateProperty, ATeacherWithThePolicysWeightsTeachesNothing) {
  const testing_support::Scratch same, other;
  const auto size_of = [](const std::filesystem::path& teacher) {
    const Trained trained = update_once("opd", at::kFloat, {}, false, {{"teacher", {teacher}}});
    return trained.gradients.norm().item<double>();
  };
  EXPECT_LE(size_of(saved_teacher(same, 5)), 1e-5) << "5 is the policy's own seed";
  EXPECT_GE(size_of(saved_teacher(other, 8)), 1e-2);
}

TEST(UpdateProperty, OrderOfGroupsIsInert) {
  for (const char* recipe : {"luffy", "rl_with_sft_loss"})
    EXPECT_LE(relative(update_once(recipe, at::kDouble, {"update.mini_batches=1"}, true).gradients,
                       update_once(recipe, at::kDouble, {"update.mini_batches=1"}).gradients),
              1e-12)
        << recipe;
}

TEST(UpdateProperty, RecordedLogProbsThatDoNotFitStopTheRun) {
  const TrainConfig config = resolve_config("luffy", "tiny", {}).config;
  engine::Policy policy(small_model(20));
  policy.initialise(5);
  engine::AdamW optimizer(policy.arena(), {});
  const auto communicator = engine::local_communicator();
  std::vector<Group> groups = random_groups(3, policy, 1.0);
  Updater updater(config, policy, optimizer, *communicator, nullptr);
  groups[1].trajectories[2].old_logprob[0] += 0.01f;
  const at::Tensor before = policy.arena().weights().clone();
  EXPECT_THROW(updater.update(groups, 0), NumericError);
  EXPECT_EQ((policy.arena().weights() - before).abs().sum().item<double>(), 0.0)
      << "weights stay as they were";
}

TEST(UpdateProperty, ANonFiniteWeightStopsTheRunBeforeTheStep) {
  const TrainConfig config = resolve_config("luffy", "tiny", {}).config;
  engine::Policy policy(small_model(20));
  policy.initialise(5);
  engine::AdamW optimizer(policy.arena(), {});
  const auto communicator = engine::local_communicator();
  const std::vector<Group> groups = random_groups(3, policy, 1.0);
  policy.arena().weight("model.norm.weight")[3] = std::numeric_limits<float>::infinity();
  policy.arena().bump_version();
  Updater updater(config, policy, optimizer, *communicator, nullptr);
  EXPECT_THROW(updater.update(groups, 0), NumericError);
  EXPECT_EQ(optimizer.steps(), 0);
}

TEST(UpdateProperty, RescoringGivesTheSameFirstStepAsRecordedLogProbs) {
  const Trained recorded = update_once("on_policy", at::kFloat, {});
  const Trained rescored = update_once("on_policy", at::kFloat, {"rollout.old_logprob=rescored"});
  EXPECT_LE(relative(rescored.gradients, recorded.gradients), 1e-5);
  EXPECT_LE(recorded.report.mismatch, 1e-5);
}

}  // namespace
}  // namespace rlreason::train
