// Recipes that mean nothing are refused when they are read, with the reason and the place; a table of bad YAML.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "tests/support/scratch.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

using testing::HasSubstr;
using testing_support::Scratch;

std::string refusal(const std::string& yaml) {
  const Scratch folder;
  const std::string file = (folder / "bad.yaml").string();
  std::ofstream(file) << yaml;
  try {
    resolve_config(file, "tiny", {});
    return "accepted";
  } catch (const UserError& error) {
    return error.what();
  }
}

// A whole recipe around one component.
std::string with_component(const std::string& rest) {
  return "slots: [{source: policy, n: 4}]\ncomponents:\n  - {name: main, " + rest + "}\n";
}

TEST(BadRecipes, TheFrameOfTheTableIsFine) {
  EXPECT_EQ(
      refusal(with_component("select: {source: policy}, loss: surrogate, ratio: old, clip: ppo")),
      "accepted");
}

TEST(BadRecipes, EachIsRefusedWithTheReason) {
  const std::pair<std::string, std::string> kCases[] = {
      {"slots: [", "bad.yaml"},
      {"- 1", "bad.yaml:1"},
      {"slots: [{source: policy, n: 4}]\n", "required at least one component"},
      {"slots: [{source: policy, n: 4}]\nlosses: []\ncomponents: [{name: a, loss: surrogate}]\n",
       "bad.yaml:2: unknown key 'losses'"},
      {with_component("loss: surogate"), "did you mean 'surrogate'"},
      {with_component("loss: surrogate, ratio: older"),
       "required a piece of axis ratios, 'older' came"},
      {with_component("loss: surrogate, clip: {kind: ppo, hihg: 0.3}"), "did you mean"},
      {with_component("loss: surrogate, clip: {kind: ppo, low: 1.5}"), "in [0, 1]"},
      {with_component("loss: surrogate, clip: [0.2, 0.2]"), "a list came"},
      {with_component("loss: surrogate, normaliser: token_mean"),
       "unknown key 'components.0.normaliser'"},
      {with_component("loss: surrogate, normalizer: tokens"), "axis normalizers"},
      {with_component("loss: surrogate, mask: {kind: probability_at_most, max: 2}"), "in [0, 1]"},
      {with_component("loss: surrogate, coef: often"), "axis schedules"},
      {with_component("loss: surrogate, coef: {kind: warmup, iterations: 0}"), ">= 1"},
      {with_component("select: {source: demonstrations}, loss: surrogate"), "did you mean"},
      {with_component("select: {source: demonstration}, loss: log_likelihood"),
       "no slot provides them"},
      {with_component("ratio: old"), "required a piece of axis losses, none came"},
      {with_component("loss: surrogate, ratio: one, shape: relative_p_over_p_plus"),
       "required a ratio with a reference policy"},
      {"components:\n  - {name: main, loss: surrogate}\n", "slot"},
      {"slots: [{source: policy, n: 1}]\ncomponents:\n  - {name: main, loss: surrogate}\n",
       "at least 2 responses per prompt"},
      {"slots: [{source: policy, n: 0}]\ncomponents:\n  - {name: main, loss: surrogate}\n", ">= 1"},
      {"slots: [{source: expert, n: 2}]\ncomponents:\n  - {name: main, loss: surrogate}\n",
       "slots.0.source"},
      {"advantage: group_base\n" + with_component("loss: surrogate"),
       "did you mean 'group_baseline'"},
      {"advantage: {kind: group_baseline, scale: std}\n" + with_component("loss: surrogate"),
       "group_std"},
      {"reward: {kind: verdict, right: much}\n" + with_component("loss: surrogate"),
       "reward.right"},
      {"update: {eps: -1}\n" + with_component("loss: surrogate"), "update.eps"},
      {"update: {max_grad_norm: .nan}\n" + with_component("loss: surrogate"),
       "update.max_grad_norm"},
      {"replay: {capacity: 9}\n" + with_component("loss: surrogate"),
       "settings of replay required a slot of source replay"},
      {with_component("select: {source: replay}, loss: surrogate"), "no slot replays any"},
      {"extends: exgrpo\nreplay: {buckets: gauss}\n", "normal_accuracy"},
      {"extends: exgrpo\nreplay: {bucket_sigma: 0}\n", "replay.bucket_sigma"},
      {"extends: spear\nreplay: {start_solve_rate: 1.5}\n", "in [0, 1]"},
      {"extends: bepa\nreplay: {collect_before_start: false}\n", "no time before the start"},
      {"extends: exgrpo\nreplay: {advantage_above: 0.5}\n", "required replay.admit=advantage"},
      {"extends: exgrpo\nreplay: {pick: random, entropy: compat}\n",
       "required replay.pick=entropy_min"},
      {"extends: spear\nreplay: {advantage: group}\n", "nothing fresh to compare with"},
      {"extends: exgrpo\ngroups:\n  - {name: all, share: 1.0, prompts: replay, slots: [{source: "
       "policy, n: 8}]}\n",
       "prompts: replay required a slot of source replay"},
      {"extends: on_policy\nretire: {pass_rate: 2}\n", "retire.pass_rate"},
      {"extends: on_polcy\n", "on_policy"},
      {with_component("loss: {kind: divergence, anchor: teacher}"),
       "teacher_logprob is read, required an anchor of that name"},
      {with_component("loss: surrogate, ratio: {kind: mix}"), "declared: none"},
      {"token_advantage: teacher_log_ratio\n" + with_component("loss: surrogate"),
       "teacher_logprob is read"},
      {"critic: {lr: 0.1}\n" + with_component("loss: surrogate"), "critic required an estimator"},
      {"critic: {estimator: gea}\n" + with_component("loss: surrogate"), "did you mean 'gae'"},
      {"critic: {estimator: {kind: gae, lambda: 2}}\n" + with_component("loss: surrogate"),
       "in [0, 1]"},
      {"critic: {estimator: gae}\n" + with_component("loss: log_likelihood"),
       "critic required a component that reads advantages"},
      {"extends: opd\ncritic: {estimator: gae}\n", "both make one advantage a token"},
      {"token_advantage: teacher_ratio\n" + with_component("loss: surrogate"),
       "did you mean 'teacher_log_ratio'"},
      {"anchors: [{name: teacher, kind: first}]\n" + with_component("loss: surrogate"),
       "required a piece that reads teacher_logprob"},
      {"anchors: [{name: t, kind: runs}]\n" + with_component("loss: {kind: divergence, anchor: t}"),
       "at least one run under runs"},
      {"anchors: [{name: t, kind: runs, runs: [{seed: 1}]}]\n" +
           with_component("loss: {kind: divergence, anchor: t}"),
       "required a recipe or a checkpoint"},
      {"anchors: [{name: t, kind: first, runs: [{recipe: sft}]}]\n" +
           with_component("loss: {kind: divergence, anchor: t}"),
       "required kind runs"},
      {"anchors: [{name: t, kind: own}]\n" + with_component("loss: {kind: divergence, anchor: t}"),
       "exactly one of every, decay, reset_at and behind"},
      {"anchors: [{name: t, kind: own, every: 2, decay: 0.9}]\n" +
           with_component("loss: {kind: divergence, anchor: t}"),
       "exactly one of"},
      {"anchors: [{name: t, kind: first, every: 2}]\n" +
           with_component("loss: {kind: divergence, anchor: t}"),
       "required kind own"},
      {"anchors: [{name: t, kind: own, decay: 1}]\n" +
           with_component("loss: {kind: divergence, anchor: t}"),
       "decay below 1"},
      {"anchors: [{name: old, kind: first}]\n" +
           with_component("loss: {kind: divergence, anchor: old}"),
       "'old' came"},
      {"anchors: [{name: Ref!, kind: first}]\n" + with_component("loss: divergence"),
       "'Ref!' came"},
      {"anchors: [{name: ref, kind: first}, {name: ref, kind: first}]\n" +
           with_component("loss: divergence"),
       "two are ref"},
      {with_component("select: {group: rest}, loss: surrogate"), "required one of the groups"},
      {with_component("select: {reward_below: 0.5, reward_at_least: 0.5}, loss: surrogate"),
       "selects nothing"},
      {"update: {epochs: 1, epochs: 2}\n" + with_component("loss: surrogate"), "epochs"},
  };
  for (const auto& [yaml, reason] : kCases) EXPECT_THAT(refusal(yaml), HasSubstr(reason)) << yaml;
}

TEST(BadRecipes, ARecipeThatExtendsItselfIsRefused) {
  EXPECT_THAT(refusal("extends: bad\n"), HasSubstr("its own name"));
}

}  // namespace
}  // namespace rlreason::train
