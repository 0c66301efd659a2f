// The hand-written decoder against its autograd twin and against itself under changes that must not matter.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/engine/kernels/isa.h"
#include "tests/engine/decoder_cases.h"
#include "tests/support/reference_decoder.h"

namespace rlreason::engine {
namespace {

using cases::all_configs;
using cases::Batch;
using cases::random_batch;
using cases::random_vector;
using cases::randomise;

double relative_difference(const at::Tensor& ours, const at::Tensor& theirs) {
  const auto a = ours.to(at::kDouble), b = theirs.to(at::kDouble);
  return ((a - b).norm() / (b.norm() + 1e-30)).item<double>();
}

at::Tensor gradients_of(Policy& policy, const Batch& batch, const HeadWants& wants,
                        const at::Tensor& logprob_grad, const at::Tensor& entropy_grad) {
  policy.arena().zero_gradients();
  auto pass = policy.forward(batch.layout, batch.targets, wants);
  policy.backward(std::move(pass), logprob_grad, entropy_grad);
  return policy.arena().gradients().clone();
}

class DecoderTwin : public testing::TestWithParam<std::tuple<size_t, at::ScalarType>> {};

TEST_P(DecoderTwin, ValuesAndEveryGradientAgree) {
  const auto& [which, dtype] = GetParam();
  const double tolerance = dtype == at::kDouble ? 1e-10 : 1e-4;
  const auto named = all_configs()[which];
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Policy policy(named.config, dtype);
    randomise(policy, seed);
    const Batch batch = random_batch(seed, named.config.vocab_size);
    const HeadWants wants{.entropy = true, .temperature = seed == 2 ? 0.7 : 1.0};
    const auto logprob_grad = random_vector(seed, batch.targets.size(), dtype);
    const auto entropy_grad = random_vector(seed + 100, batch.targets.size(), dtype);
    auto pass = policy.forward(batch.layout, batch.targets, wants);
    auto parameters = reference::parameters_of(policy, at::kDouble);
    const auto expected =
        reference::statistics(named.config, parameters, batch.layout, batch.targets, wants);
    EXPECT_LE(relative_difference(pass.statistics.logprob, expected.logprob), tolerance);
    EXPECT_LE(relative_difference(pass.statistics.entropy, expected.entropy), tolerance);
    const auto scored = policy.score(batch.layout, batch.targets, wants);
    EXPECT_TRUE(at::equal(scored.logprob, pass.statistics.logprob));
    policy.backward(std::move(pass), logprob_grad, entropy_grad);
    (expected.logprob * logprob_grad.to(at::kDouble) +
     expected.entropy * entropy_grad.to(at::kDouble))
        .sum()
        .backward();
    for (const auto& [name, leaf] : parameters)
      EXPECT_LE(relative_difference(policy.arena().gradient(name), leaf.grad()), tolerance)
          << named.name << " " << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, DecoderTwin,
                         testing::Combine(testing::Range<size_t>(0, 4),
                                          testing::Values(at::kDouble, at::kFloat)),
                         [](const auto& instance) {
                           return all_configs()[std::get<0>(instance.param)].name +
                                  (std::get<1>(instance.param) == at::kDouble ? "_f64" : "_f32");
                         });

TEST(DecoderProperty, GradientIsTheSlopeOfTheObjective) {
  for (const auto& named : all_configs()) {
    Policy policy(named.config, at::kDouble);
    randomise(policy, 5);
    const Batch batch = random_batch(5, named.config.vocab_size, 4, 12);
    const HeadWants wants{.entropy = true, .temperature = 1.3};
    const auto a = random_vector(1, batch.targets.size(), at::kDouble),
               b = random_vector(2, batch.targets.size(), at::kDouble);
    const auto gradient = gradients_of(policy, batch, wants, a, b);
    const auto direction = random_vector(3, gradient.numel(), at::kDouble);
    const auto objective = [&](double step) {
      policy.arena().weights().add_(direction, step);
      const auto s = policy.score(batch.layout, batch.targets, wants);
      policy.arena().weights().sub_(direction, step);
      return ((s.logprob * a).sum() + (s.entropy * b).sum()).item<double>();
    };
    // Padding between parameters is moved as well; it feeds nothing, so it must not contribute.
    const double step = 1e-5, slope = (objective(step) - objective(-step)) / (2 * step);
    EXPECT_NEAR(slope, (gradient * direction).sum().item<double>(),
                1e-6 * std::max(1.0, std::abs(slope)))
        << named.name;
  }
}

TEST(DecoderProperty, OrderOfTreesInThePackIsInert) {
  const auto named = all_configs()[1];
  Policy policy(named.config, at::kDouble);
  randomise(policy, 9);
  Sequence draws({.seed = 4, .purpose = Purpose::data});
  std::vector<std::vector<int32_t>> prompts, responses;
  for (int i = 0; i < 5; ++i) {
    prompts.push_back(cases::random_ids(draws, draws.between(1, 20), named.config.vocab_size));
    responses.push_back(cases::random_ids(draws, draws.between(2, 30), named.config.vocab_size));
  }
  const auto run = [&](const std::vector<size_t>& order) {
    Batch batch;
    for (const size_t i : order) {
      const int32_t parent = batch.layout.append(prompts[i]);
      const int32_t child = batch.layout.append(responses[i], parent);
      batch.targets.append_segment(batch.layout, child,
                                   batch.layout.segments[static_cast<size_t>(child)].begin,
                                   static_cast<int32_t>(i), Source::policy);
    }
    const auto weight = at::ones({batch.targets.size()}, at::kDouble);
    return gradients_of(policy, batch, {.entropy = true}, weight, weight * 0.1);
  };
  EXPECT_LE(relative_difference(run({3, 1, 4, 0, 2}), run({0, 1, 2, 3, 4})), 1e-12);
}

TEST(DecoderProperty, SharedPromptEqualsRepeatedPrompt) {
  for (const at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    const auto named = all_configs()[3];
    Policy policy(named.config, dtype);
    randomise(policy, 2);
    Sequence draws({.seed = 8, .purpose = Purpose::data});
    const auto prompt = cases::random_ids(draws, 17, named.config.vocab_size);
    Batch shared, repeated;
    const int32_t root = shared.layout.append(prompt);
    for (int32_t i = 0; i < 4; ++i) {
      const auto response = cases::random_ids(draws, 5 + 9 * i, named.config.vocab_size);
      const int32_t child = shared.layout.append(response, root);
      shared.targets.append_segment(shared.layout, child,
                                    shared.layout.segments[static_cast<size_t>(child)].begin, i,
                                    Source::policy);
      auto whole = prompt;
      whole.insert(whole.end(), response.begin(), response.end());
      const int32_t alone = repeated.layout.append(whole);
      const int32_t first = repeated.layout.segments[static_cast<size_t>(alone)].begin +
                            static_cast<int32_t>(prompt.size());
      repeated.targets.append_segment(repeated.layout, alone, first, i, Source::policy);
    }
    const auto weight = random_vector(6, shared.targets.size(), dtype);
    const double tolerance = dtype == at::kDouble ? 1e-12 : 1e-5;
    EXPECT_LE(relative_difference(policy.score(shared.layout, shared.targets, {}).logprob,
                                  policy.score(repeated.layout, repeated.targets, {}).logprob),
              tolerance);
    EXPECT_LE(relative_difference(gradients_of(policy, shared, {}, weight, {}),
                                  gradients_of(policy, repeated, {}, weight, {})),
              tolerance);
  }
}

TEST(DecoderProperty, MicroBatchesAddUpToTheWholeGradient) {
  const auto named = all_configs()[2];
  for (const at::ScalarType dtype : {at::kDouble, at::kFloat}) {
    Policy policy(named.config, dtype);
    randomise(policy, 3);
    const Batch first = random_batch(21, named.config.vocab_size, 4),
                second = random_batch(22, named.config.vocab_size, 4);
    Batch both = first;
    for (const Segment& s : second.layout.segments) {
      const std::vector<int32_t> ids(second.layout.tokens.begin() + s.begin,
                                     second.layout.tokens.begin() + s.end);
      both.layout.append(
          ids, s.parent < 0 ? -1 : s.parent + static_cast<int32_t>(first.layout.segments.size()));
    }
    for (int32_t i = 0; i < second.targets.size(); ++i) {
      both.targets.row.push_back(second.targets.row[static_cast<size_t>(i)] + first.layout.size());
      both.targets.token.push_back(second.targets.token[static_cast<size_t>(i)]);
    }
    const auto weight = random_vector(30, both.targets.size(), dtype);
    const auto whole = gradients_of(policy, both, {.entropy = true}, weight, weight * 0.5);
    const auto head = weight.narrow(0, 0, first.targets.size());
    const auto tail = weight.narrow(0, first.targets.size(), second.targets.size());
    const auto parts = gradients_of(policy, first, {.entropy = true}, head, head * 0.5) +
                       gradients_of(policy, second, {.entropy = true}, tail, tail * 0.5);
    EXPECT_LE(relative_difference(parts, whole), dtype == at::kDouble ? 1e-12 : 1e-5);
  }
}

TEST(DecoderProperty, TargetsWithoutGradientAreInertBitForBit) {
  const auto named = all_configs()[1];
  Policy policy(named.config);
  randomise(policy, 4);
  Batch batch = random_batch(11, named.config.vocab_size);
  auto weight = random_vector(12, batch.targets.size(), at::kFloat);
  for (int64_t i = 0; i < weight.numel(); i += 3) weight[i] = 0;
  const auto before = gradients_of(policy, batch, {.entropy = true}, weight, weight);
  for (size_t i = 0; i < batch.targets.token.size(); i += 3)
    batch.targets.token[i] =
        static_cast<int32_t>((batch.targets.token[i] + 5) % named.config.vocab_size);
  EXPECT_TRUE(at::equal(before, gradients_of(policy, batch, {.entropy = true}, weight, weight)));
  EXPECT_TRUE(at::equal(before, gradients_of(policy, batch, {.entropy = true}, weight, weight)))
      << "not repeatable";
}

TEST(DecoderProperty, EveryInstructionSetAgrees) {
  const Isa machine = machine_isa();
  for (const auto& named : all_configs()) {
    Policy policy(named.config);
    randomise(policy, 6);
    const Batch batch = random_batch(13, named.config.vocab_size);
    const auto weight = random_vector(14, batch.targets.size(), at::kFloat);
    set_active_isa(Isa::baseline);
    const auto expected = gradients_of(policy, batch, {.entropy = true}, weight, weight);
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
      if (isa > machine) continue;
      set_active_isa(isa);
      EXPECT_LE(relative_difference(gradients_of(policy, batch, {.entropy = true}, weight, weight),
                                    expected),
                1e-4)
          << to_string(isa);
    }
    set_active_isa(machine);
  }
}

TEST(DecoderProperty, ThreadCountDoesNotChangeBits) {
  const auto named = all_configs()[3];
  Policy policy(named.config);
  randomise(policy, 7);
  const Batch batch = random_batch(15, named.config.vocab_size, 20, 60);
  const auto weight = random_vector(16, batch.targets.size(), at::kFloat);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = gradients_of(policy, batch, {.entropy = true}, weight, weight);
  at::set_num_threads(2);
  const auto two = gradients_of(policy, batch, {.entropy = true}, weight, weight);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(one, two));
}

TEST(DecoderProperty, NonFiniteWeightsSurface) {
  const auto named = all_configs()[0];
  for (const char* name :
       {"model.embed_tokens.weight", "model.layers.1.mlp.down_proj.weight", "lm_head.weight"}) {
    Policy policy(named.config);
    randomise(policy, 8);
    policy.arena().weight(name).fill_(std::numeric_limits<float>::quiet_NaN());
    const Batch batch = random_batch(17, named.config.vocab_size);
    EXPECT_FALSE(
        policy.score(batch.layout, batch.targets, {}).logprob.isfinite().any().item<bool>())
        << name;
  }
}

}  // namespace
}  // namespace rlreason::engine
