// The value head: where it starts, its values against differences of log-probs, and its gradients against slopes.
#include "core/engine/model/critic.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/engine/decoder_cases.h"

namespace rlreason::engine {
namespace {

using cases::all_configs;
using cases::Batch;
using cases::random_batch;
using cases::random_vector;
using cases::randomise;

Policy random_policy(const ModelConfig& config, at::ScalarType dtype = at::kDouble) {
  Policy policy(config, dtype);
  randomise(policy, 3);
  return policy;
}

TEST(Critic, ExpectsNothingAtFirst) {
  for (const auto& named : all_configs()) {
    const Batch batch = random_batch(1, named.config.vocab_size);
    const Critic critic(random_policy(named.config, at::kFloat));
    EXPECT_EQ(critic.score(batch.layout, batch.targets.row).abs().max().item<double>(), 0.0);
  }
}

// With w the difference of two rows of the policy's output matrix, a value is the difference of the two tokens' log-probs.
TEST(Critic, ValuesTheHiddenVectorOfEachRow) {
  for (const auto& named : all_configs()) {
    const Policy policy = random_policy(named.config);
    const Batch batch = random_batch(2, named.config.vocab_size);
    const at::Tensor head = policy.arena().weight(
        named.config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight");
    Critic critic(policy);
    critic.arena().weight("score.weight").copy_((head[5] - head[11]).unsqueeze(0));
    critic.arena().bump_version();
    Targets five = batch.targets, eleven = batch.targets;
    five.token.assign(five.token.size(), 5);
    eleven.token.assign(eleven.token.size(), 11);
    const at::Tensor expected = policy.score(batch.layout, five, {}).logprob -
                                policy.score(batch.layout, eleven, {}).logprob;
    const at::Tensor value = critic.score(batch.layout, batch.targets.row);
    EXPECT_LT((value - expected).abs().max().item<double>(), 1e-10) << named.name;
    EXPECT_TRUE(at::equal(critic.forward(batch.layout, batch.targets.row).value, value));
  }
}

TEST(Critic, GradientIsTheSlopeOfTheObjective) {
  for (const auto& named : all_configs()) {
    Critic critic(random_policy(named.config));
    critic.arena().weight("score.weight").copy_(
        random_vector(8, named.config.hidden_size, at::kDouble).unsqueeze(0));
    const Batch batch = random_batch(5, named.config.vocab_size, 4, 12);
    const at::Tensor pull = random_vector(1, batch.targets.size(), at::kDouble);
    critic.arena().zero_gradients();
    critic.backward(critic.forward(batch.layout, batch.targets.row), pull);
    const at::Tensor gradient = critic.arena().gradients().clone();
    for (const uint64_t seed : {3, 4}) {
      const at::Tensor direction = random_vector(seed, gradient.numel(), at::kDouble);
      const auto objective = [&](double step) {
        critic.arena().weights().add_(direction, step);
        const at::Tensor value = critic.score(batch.layout, batch.targets.row);
        critic.arena().weights().sub_(direction, step);
        return (value * pull).sum().item<double>();
      };
      const double step = 1e-5, slope = (objective(step) - objective(-step)) / (2 * step);
      EXPECT_NEAR(slope, (gradient * direction).sum().item<double>(),
                  1e-6 * std::max(1.0, std::abs(slope)))
          << named.name;
    }
  }
}

}  // namespace
}  // namespace rlreason::engine
