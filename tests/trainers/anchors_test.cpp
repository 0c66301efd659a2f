// The weights of anchors: first ones, means of runs, copies taken, averaged and reset on time, and all of them after a resume.
#include "trainers/anchors.h"

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/parse.h"
#include "core/error.h"
#include "tests/support/scratch.h"
#include "tests/support/small_model.h"
#include "trainers/catalog/recipe.h"
#include "trainers/update.h"

namespace rlreason::train {
namespace {

using testing::HasSubstr;
using testing_support::Scratch;
using testing_support::small_model;
namespace fs = std::filesystem;

tokenizer::Tokenizer tokenizer_of(const std::string& last = "j") {
  return tokenizer::Tokenizer::word_level(
      {"_", "$", "a", "b", "c", "d", "e", "f", "g", "h", "i", last}, "$", "_");
}

engine::Policy policy_of(uint64_t seed, int64_t vocabulary = 12) {
  engine::Policy policy(small_model(vocabulary));
  policy.initialise(seed);
  return policy;
}

fs::path saved(const Scratch& scratch, const std::string& name, const engine::Policy& policy,
               const tokenizer::Tokenizer& tokenizer = tokenizer_of()) {
  const fs::path folder = scratch / name;
  fs::create_directories(folder);
  engine::save_policy(policy, folder, tokenizer.eos_id(), tokenizer.pad_id());
  tokenizer.save(folder);
  return folder;
}

// A recipe that compares with each of `anchors` (YAML of a list's elements).
TrainConfig config_with(const std::string& anchors, const std::vector<std::string>& names) {
  std::string yaml = "anchors: [" + anchors + "]\ncomponents:\n";
  for (const std::string& name : names)
    yaml +=
        "  - {name: " + name + ", loss: {kind: divergence, estimator: k2, anchor: " + name + "}}\n";
  TrainConfig config = config::parse<TrainConfig>(config::parse_yaml(yaml, "test"));
  resolve_pieces(config);
  return config;
}

at::Tensor weights_of(const Anchors& anchors, const std::string& name) {
  return anchors.policy(name).arena().weights();
}

void add_to(engine::Policy& policy, double value) {
  policy.arena().weights().add_(value);
  policy.arena().bump_version();
}

TEST(Anchors, TheReferenceNobodyDeclaresIsTheFirstWeights) {
  engine::Policy policy = policy_of(1);
  const at::Tensor start = policy.arena().weights().clone();
  Anchors anchors(config_with("", {"ref"}), "somewhere", {}, policy, tokenizer_of());
  for (int64_t iteration = 0; iteration < 3; ++iteration) {
    anchors.begin_iteration(iteration, policy);
    EXPECT_TRUE(at::equal(weights_of(anchors, "ref"), start));
    add_to(policy, 1.0);
  }
}

TEST(Anchors, AnchorsOfTheSameFirstWeightsShareThem) {
  const engine::Policy policy = policy_of(1);
  const Anchors anchors(
      config_with("{name: flat, kind: first, temperature: 1.25}", {"flat", "ref"}), "somewhere", {},
      policy, tokenizer_of());
  EXPECT_EQ(&anchors.policy("flat"), &anchors.policy("ref"));
  EXPECT_EQ(anchors.temperature("flat"), 1.25);
  EXPECT_EQ(anchors.temperature("ref"), 1.0);
}

TEST(Anchors, SeveralRunsAreAveraged) {
  const Scratch scratch;
  const engine::Policy start = policy_of(1), a = policy_of(2), b = policy_of(3), c = policy_of(4);
  const TrainConfig config = config_with(
      "{name: soup, kind: runs, runs: [{checkpoint: a}, {checkpoint: b}, {checkpoint: c}]}",
      {"soup"});
  const Anchors anchors(
      config, {},
      {{"soup", {saved(scratch, "a", a), saved(scratch, "b", b), saved(scratch, "c", c)}}}, start,
      tokenizer_of());
  const at::Tensor mean = weights_of(anchors, "soup");
  for (int64_t i = 0; i < mean.numel(); i += 7) {
    const auto at = [&](const engine::Policy& own) {
      return static_cast<double>(own.arena().weights().const_data_ptr<float>()[i]);
    };
    EXPECT_NEAR(mean.const_data_ptr<float>()[i], (at(a) + at(b) + at(c)) / 3, 1e-7);
  }
}

std::string refusal(const TrainConfig& config, const AnchorFolders& folders) {
  const engine::Policy start = policy_of(1);
  try {
    const Anchors anchors(config, {}, folders, start, tokenizer_of());
    return "accepted";
  } catch (const DataError& error) {
    return error.what();
  }
}

TEST(Anchors, ATeacherOfAnotherTokenizerVocabularyOrShapeIsRefused) {
  const Scratch scratch;
  const TrainConfig one =
      config_with("{name: teacher, kind: runs, runs: [{checkpoint: a}]}", {"teacher"});
  const fs::path same = saved(scratch, "same", policy_of(2));
  EXPECT_EQ(refusal(one, {{"teacher", {same}}}), "accepted");
  EXPECT_THAT(
      refusal(one, {{"teacher", {saved(scratch, "words", policy_of(2), tokenizer_of("k"))}}}),
      HasSubstr("tokenizer of the trained model"));
  EXPECT_THAT(refusal(one, {{"teacher", {saved(scratch, "few", policy_of(2, 11))}}}),
              HasSubstr("vocabulary of at least the tokenizer's 12 tokens"));
  // One larger teacher is fine; it cannot be averaged with another shape.
  engine::ModelConfig wide = small_model(12);
  wide.intermediate_size = 48;
  engine::Policy other(wide);
  other.initialise(3);
  const fs::path large = saved(scratch, "large", other);
  EXPECT_EQ(refusal(one, {{"teacher", {large}}}), "accepted");
  const TrainConfig two = config_with(
      "{name: teacher, kind: runs, runs: [{checkpoint: a}, {checkpoint: b}]}", {"teacher"});
  EXPECT_THAT(refusal(two, {{"teacher", {same, large}}}), HasSubstr("same model shape"));
}

constexpr const char* kOwn =
    "{name: lagged, kind: own, every: 3}, {name: average, kind: own, decay: 0.75}, "
    "{name: reset, kind: own, reset_at: 4}, {name: behind, kind: own, behind: 3}";
const std::vector<std::string> kOwnNames = {"lagged", "average", "reset", "behind"};

// Weights start at w and grow by 1 with each iteration: at the start of iteration i they are w + i.
TEST(Anchors, OwnCopiesAreTakenOnTime) {
  engine::Policy policy = policy_of(1);
  const double start = policy.arena().weights()[0].item<double>();
  Anchors anchors(config_with(kOwn, kOwnNames), {}, {}, policy, tokenizer_of());
  double average = start;
  for (int i = 0; i < 8; ++i) {
    anchors.begin_iteration(i, policy);
    if (i > 0) average = 0.75 * average + 0.25 * (start + i);
    EXPECT_NEAR(weights_of(anchors, "lagged")[0].item<double>(), start + 3 * (i / 3), 1e-5) << i;
    EXPECT_NEAR(weights_of(anchors, "average")[0].item<double>(), average, 1e-5) << i;
    EXPECT_NEAR(weights_of(anchors, "reset")[0].item<double>(), start + (i < 4 ? 0 : 4), 1e-5) << i;
    EXPECT_NEAR(weights_of(anchors, "behind")[0].item<double>(), start + std::max(0, i - 3), 1e-5)
        << i;
    add_to(policy, 1.0);
  }
}

class SavedAfter : public testing::TestWithParam<int> {};

TEST_P(SavedAfter, ARestoredRunGoesOnBitForBit) {
  const Scratch scratch;
  const TrainConfig config = config_with(kOwn, kOwnNames);
  engine::Policy policy = policy_of(1);
  Anchors whole(config, {}, {}, policy, tokenizer_of());
  at::Tensor weights;  // of the policy when it was saved
  for (int i = 0; i < 8; ++i) {
    if (i == GetParam()) {
      whole.save(scratch.path());
      weights = policy.arena().weights().clone();
    }
    whole.begin_iteration(i, policy);
    add_to(policy, 0.1 * i);
  }
  engine::Policy again = policy_of(1);
  Anchors resumed(config, {}, {}, again, tokenizer_of());
  resumed.restore(scratch.path(), GetParam());
  again.arena().weights().copy_(weights);
  for (int i = GetParam(); i < 8; ++i) {
    resumed.begin_iteration(i, again);
    add_to(again, 0.1 * i);
  }
  for (const std::string& name : kOwnNames)
    EXPECT_TRUE(at::equal(weights_of(whole, name), weights_of(resumed, name))) << name;
}
INSTANTIATE_TEST_SUITE_P(Anchors, SavedAfter, testing::Values(1, 3, 5));

TEST(Anchors, AMissingCopyIsADamagedCheckpoint) {
  const Scratch scratch;
  engine::Policy policy = policy_of(1);
  Anchors anchors(config_with("{name: lagged, kind: own, every: 3}", {"lagged"}), {}, {}, policy,
                  tokenizer_of());
  EXPECT_THROW(anchors.restore(scratch.path(), 0), Error);
  Anchors behind(config_with("{name: late, kind: own, behind: 3}", {"late"}), {}, {}, policy,
                 tokenizer_of());
  behind.begin_iteration(0, policy);
  behind.save(scratch.path());
  behind.restore(scratch.path(), 1);
  EXPECT_THROW(behind.restore(scratch.path(), 2), Error) << "two copies were coming, one is there";
}

}  // namespace
}  // namespace rlreason::train
