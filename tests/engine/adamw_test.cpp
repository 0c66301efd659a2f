// AdamW against its closed form, the published trace and the gradient norm's definition.
#include "core/engine/optimizer/adamw.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace rlreason::engine {
namespace {

Arena one_parameter(double value) {
  Arena arena({{"w", {1}}}, at::kDouble);
  arena.weight("w").fill_(value);
  return arena;
}

TEST(AdamW, FirstStepMovesByTheLearningRate) {
  // With zero moments the bias corrections cancel: m / (1 - b1) = g and v / (1 - b2) = g^2.
  Arena arena = one_parameter(2.0);
  AdamW adamw(arena, {.weight_decay = 0.1});
  arena.gradient("w").fill_(-3.0);
  adamw.step(arena, 0.01, 1.0);
  EXPECT_NEAR(arena.weight("w").item<double>(), 2.0 * (1 - 0.01 * 0.1) + 0.01 * 3.0 / (3.0 + 1e-8),
              1e-15);
  EXPECT_EQ(adamw.steps(), 1);
}

TEST(AdamW, ConstantGradientKeepsTheStepLength) {
  Arena arena = one_parameter(0.0);
  AdamW adamw(arena, {.weight_decay = 0.0});
  arena.gradient("w").fill_(5.0);
  for (int i = 1; i <= 20; ++i) {
    adamw.step(arena, 0.1, 0.5);  // the scale multiplies the gradient, which cancels here
    EXPECT_NEAR(arena.weight("w").item<double>(), -0.1 * i * 2.5 / (2.5 + 1e-8), 1e-12);
  }
}

TEST(AdamW, PublishedTrace) {
  std::ifstream file(RLR_SHARED_DIR "/reference/luffy_vectors.json");
  if (!file) GTEST_SKIP() << "the published vectors are not on this machine";
  const auto published = nlohmann::json::parse(file);
  for (const auto& vector : published.at("vectors")) {
    if (vector.at("id") != "V30") continue;
    const auto& in = vector.at("inputs");
    Arena arena = one_parameter(in.at("param0").get<double>());
    AdamW adamw(arena, {in.at("betas")[0].get<double>(), in.at("betas")[1].get<double>(),
                        in.at("eps").get<double>(), in.at("weight_decay").get<double>()});
    for (const auto& row : vector.at("expected").at("trace")) {
      arena.gradient("w").fill_(
          in.at("grads_per_global_step")[row.at("minibatch").get<size_t>() - 1].get<double>());
      adamw.step(arena, row.at("lr").get<double>(), 1.0);
      EXPECT_NEAR(arena.weight("w").item<double>(), row.at("param").get<double>(), 1e-9);
    }
    return;
  }
  FAIL() << "V30 is not among the published vectors";
}

TEST(AdamW, RestoredMomentsContinueBitForBit) {
  Arena a({{"w", {1000}}}), b({{"w", {1000}}});
  AdamW first(a, {}), second(b, {});
  for (int64_t i = 0; i < 1000; ++i) a.gradient("w")[i] = std::sin(static_cast<double>(i));
  first.step(a, 0.01, 0.3);
  b.weights().copy_(a.weights());
  b.gradients().copy_(a.gradients());
  second.restore(first.first_moment(), first.second_moment(), first.steps());
  const uint64_t version = b.version();
  first.step(a, 0.02, 1.0);
  second.step(b, 0.02, 1.0);
  EXPECT_TRUE(a.weights().equal(b.weights()));
  EXPECT_GT(b.version(), version);
}

TEST(GradientNorm, IsTheEuclideanNormInDouble) {
  Arena arena({{"a", {3}}, {"b", {100000}}});
  arena.gradient("a").copy_(at::tensor({3.0f, 0.0f, -4.0f}));
  EXPECT_DOUBLE_EQ(gradient_norm(arena), 5.0);
  arena.gradient("b").fill_(1.0f);
  EXPECT_DOUBLE_EQ(gradient_norm(arena), std::sqrt(25.0 + 100000.0));
  arena.gradient("b")[777] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(gradient_norm(arena)));
}

TEST(GradientNorm, ClipScaleFollowsTorch) {
  EXPECT_DOUBLE_EQ(clip_scale(0.5, 1.0), 1.0);
  EXPECT_DOUBLE_EQ(clip_scale(4.0, 1.0), 1.0 / (4.0 + 1e-6));
  EXPECT_DOUBLE_EQ(clip_scale(4.0, 0.0), 1.0);
}

}  // namespace
}  // namespace rlreason::engine
