// Published implementations' outputs for tiny checkpoints: log-probs, entropies, gradient norms and five AdamW steps.
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/engine/model/policy.h"
#include "core/engine/optimizer/adamw.h"

namespace rlreason::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class HuggingFaceGolden : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = fs::path(RLR_SHARED_DIR) / "fixtures/hf" / GetParam();
    std::ifstream file(folder_ / "goldens.json");
    if (!file) GTEST_SKIP() << "the fixtures are not on this machine";
    goldens_ = json::parse(file);
  }
  fs::path folder_;
  json goldens_;
};

void append_sequence(Layout& layout, Targets& targets, const std::vector<int32_t>& ids) {
  const int32_t segment = layout.append(ids);
  targets.append_segment(layout, segment, layout.segments[static_cast<size_t>(segment)].begin,
                         segment, Source::policy);
}

TEST_P(HuggingFaceGolden, LogprobsAndEntropies) {
  const Policy policy = load_policy(folder_);
  for (const json& golden : goldens_.at("logits")) {
    const auto ids = golden.at("ids").get<std::vector<int32_t>>();
    if (ids.size() < 2) continue;
    Layout layout;
    Targets targets;
    append_sequence(layout, targets, ids);
    const HeadStatistics statistics = policy.score(layout, targets, {.entropy = true});
    const auto logprob = golden.at("next_logprob").get<std::vector<double>>();
    const auto entropy = golden.at("entropy").get<std::vector<double>>();
    ASSERT_EQ(static_cast<int64_t>(logprob.size()), targets.size());
    for (int64_t i = 0; i < targets.size(); ++i) {
      EXPECT_NEAR(statistics.logprob[i].item<double>(), logprob[static_cast<size_t>(i)], 1e-4);
      EXPECT_NEAR(statistics.entropy[i].item<double>(), entropy[static_cast<size_t>(i)], 1e-4);
    }
  }
}

TEST_P(HuggingFaceGolden, FiveOptimizerSteps) {
  Policy policy = load_policy(folder_);
  const json& golden = goldens_.at("training");
  Layout layout;
  Targets targets;
  for (const json& row : golden.at("batch"))
    append_sequence(layout, targets, row.get<std::vector<int32_t>>());
  AdamW adamw(policy.arena(), {});
  const auto weight = at::full({targets.size()}, -1.0 / targets.size(), at::kFloat);
  bool first = true;
  for (const json& loss : golden.at("adamw_losses")) {
    policy.arena().zero_gradients();
    auto pass = policy.forward(layout, targets, {});
    EXPECT_NEAR(-pass.statistics.logprob.mean().item<double>(), loss.get<double>(), 1e-4);
    policy.backward(std::move(pass), weight, {});
    if (first) {
      for (const auto& [name, norm] : golden.at("grad_norm").items()) {
        const double expected = norm.get<double>();
        EXPECT_NEAR(policy.arena().gradient(name).norm().item<double>(), expected,
                    1e-4 * (1 + expected))
            << name;
      }
    }
    adamw.step(policy.arena(), 1e-3, clip_scale(gradient_norm(policy.arena()), 1.0));
    first = false;
  }
}

INSTANTIATE_TEST_SUITE_P(All, HuggingFaceGolden,
                         testing::Values("llama-gpt2-bpe", "qwen2-tied", "qwen3"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace rlreason::engine
