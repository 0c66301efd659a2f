// The generator against a sampler that runs the whole model again for every token.
#include "core/engine/generation/generator.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace rlreason::engine {
namespace {

using testing::HasSubstr;

constexpr ModelConfig kGrouped{.vocab_size = 37,
                               .hidden_size = 32,
                               .intermediate_size = 48,
                               .num_hidden_layers = 2,
                               .num_attention_heads = 4,
                               .num_key_value_heads = 2,
                               .head_dim = 8,
                               .max_position_embeddings = 128};
ModelConfig variant(bool bias, bool qk_norm, bool tied, int64_t heads, int64_t kv_heads,
                    int64_t head_dim) {
  ModelConfig config = kGrouped;
  config.attention_bias = bias;
  config.qk_norm = qk_norm;
  config.tie_word_embeddings = tied;
  config.num_attention_heads = heads;
  config.num_key_value_heads = kv_heads;
  config.head_dim = head_dim;
  return config;
}

// Sharp enough that the distributions are far from uniform, biases and norms away from their initial values.
Policy random_policy(const ModelConfig& config, uint64_t seed) {
  Policy policy(config);
  policy.initialise(seed);
  Sequence noise({.seed = seed, .purpose = Purpose::noise});
  for (const auto& spec : policy.arena().specs()) {
    const at::Tensor weight = policy.arena().weight(spec.name);
    float* data = weight.data_ptr<float>();
    const double size = spec.name.find("embed") != std::string::npos ||
                                spec.name.find("lm_head") != std::string::npos
                            ? 0.5
                            : 0.1;
    for (int64_t i = 0; i < weight.numel(); ++i)
      data[i] += static_cast<float>(size * noise.normal());
  }
  policy.arena().bump_version();
  return policy;
}

std::vector<double> next_logprobs(const Policy& policy, const std::vector<int32_t>& ids,
                                  double temperature) {
  Layout layout;
  layout.append(ids);
  Targets targets;
  for (int32_t v = 0; v < policy.config().vocab_size; ++v) {
    targets.row.push_back(layout.size() - 1);
    targets.token.push_back(v);
    targets.sequence.push_back(0);
    targets.source.push_back(Source::policy);
  }
  const at::Tensor scored =
      policy.score(layout, targets, {.temperature = temperature > 0 ? temperature : 1}).logprob;
  const float* data = scored.const_data_ptr<float>();
  return {data, data + scored.numel()};
}

FinishedSample naive_sample(const Policy& policy, const GenerationRequest& request,
                            uint32_t sample) {
  FinishedSample result{.request_id = request.id, .sample = sample, .finish = FinishReason::length};
  std::vector<int32_t> ids = request.prompt_ids;
  RandomKey key = request.key;
  key.sample = sample;
  for (int32_t position = 0; position < request.max_new_tokens; ++position) {
    const auto logprobs = next_logprobs(policy, ids, request.temperature);
    size_t token =
        static_cast<size_t>(std::max_element(logprobs.begin(), logprobs.end()) - logprobs.begin());
    if (request.temperature > 0) {
      key.position = static_cast<uint32_t>(position);
      const double u = random_uniform(key);
      double cumulative = 0;
      for (token = 0; token + 1 < logprobs.size(); ++token)
        if ((cumulative += std::exp(logprobs[token])) > u) break;
    }
    ids.push_back(static_cast<int32_t>(token));
    result.response_ids.push_back(static_cast<int32_t>(token));
    result.old_logprob.push_back(static_cast<float>(logprobs[token]));
    if (ids.back() == request.eos_id) {
      result.finish = FinishReason::eos;
      break;
    }
  }
  return result;
}

std::vector<GenerationRequest> some_requests(double temperature) {
  std::vector<GenerationRequest> requests;
  Sequence draw({.seed = 5, .purpose = Purpose::data});
  for (int64_t i = 0; i < 5; ++i) {
    GenerationRequest request{.id = 100 - i, .sample_count = static_cast<uint32_t>(1 + i % 3)};
    for (int64_t n = draw.between(1, 20); n > 0; --n)
      request.prompt_ids.push_back(static_cast<int32_t>(draw.between(0, 36)));
    request.key = {.seed = 3,
                   .purpose = Purpose::rollout,
                   .iteration = 2,
                   .prompt = hash_id(fmt::format("p{}", i))};
    request.max_new_tokens = static_cast<int32_t>(draw.between(1, 22));
    request.temperature = temperature;
    request.eos_id = 4;
    requests.push_back(request);
  }
  return requests;
}

void expect_same(const std::vector<FinishedSample>& a, const std::vector<FinishedSample>& b,
                 float tolerance = 0) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].request_id, b[i].request_id);
    EXPECT_EQ(a[i].sample, b[i].sample);
    EXPECT_EQ(a[i].response_ids, b[i].response_ids) << i;
    EXPECT_EQ(a[i].finish, b[i].finish) << i;
    ASSERT_EQ(a[i].old_logprob.size(), b[i].old_logprob.size());
    for (size_t t = 0; t < a[i].old_logprob.size(); ++t)
      EXPECT_NEAR(a[i].old_logprob[t], b[i].old_logprob[t], tolerance);
  }
}

class Generators : public testing::TestWithParam<ModelConfig> {};

TEST_P(Generators, DrawWhatAFullForwardPerTokenDraws) {
  const Policy policy = random_policy(GetParam(), 11);
  for (const double temperature : {0.0, 0.7, 1.0}) {
    const auto requests = some_requests(temperature);
    std::vector<FinishedSample> expected;
    for (const auto& request : requests)
      for (uint32_t s = 0; s < request.sample_count; ++s)
        expected.push_back(naive_sample(policy, request, s));
    for (const int32_t slots : {1, 3, 64})
      expect_same(generate_all(policy, {.slots = slots}, requests), expected, 2e-5f);
  }
}

TEST_P(Generators, BitsDoNotDependOnSlotsThreadsOrCacheSize) {
  const Policy policy = random_policy(GetParam(), 12);
  const auto requests = some_requests(1.0);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = generate_all(policy, {.slots = 1}, requests);
  at::set_num_threads(3);
  expect_same(generate_all(policy, {.slots = 64}, requests), alone);
  expect_same(generate_all(policy, {.slots = 5}, requests), alone);
  at::set_num_threads(threads);
  expect_same(generate_all(policy, {.slots = 64, .cache_bytes = 1}, requests), alone);
}

// Stronger than a tolerance: so old_logprob needs no pass of its own.
TEST_P(Generators, RecordedLogProbsHaveTheBitsOfRescoring) {
  const Policy policy = random_policy(GetParam(), 13);
  for (const double temperature : {0.3, 0.6, 1.0, 1.5}) {
    GenerationRequest request{.prompt_ids = {1, 2, 3, 9, 17},
                              .sample_count = 16,
                              .max_new_tokens = 60,
                              .temperature = temperature};
    const auto samples = generate_all(policy, {.slots = 7}, std::span(&request, 1));
    Layout layout;
    Targets targets;
    const int32_t prompt = layout.append(request.prompt_ids);
    std::vector<float> recorded;
    for (size_t i = 0; i < samples.size(); ++i) {
      const int32_t segment = layout.append(samples[i].response_ids, prompt);
      targets.append_segment(layout, segment, layout.segments[static_cast<size_t>(segment)].begin,
                             static_cast<int32_t>(i), Source::policy);
      recorded.insert(recorded.end(), samples[i].old_logprob.begin(), samples[i].old_logprob.end());
      EXPECT_EQ(samples[i].old_logprob, samples[i].behavior_logprob);
    }
    const at::Tensor scored = policy.score(layout, targets, {.temperature = temperature}).logprob;
    const float* data = scored.const_data_ptr<float>();
    EXPECT_EQ(recorded, std::vector<float>(data, data + scored.numel())) << temperature;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Generators,
                         testing::Values(variant(false, false, true, 4, 2, 8),
                                         variant(true, false, false, 4, 4, 8),
                                         variant(false, true, true, 6, 2, 10),
                                         variant(true, false, false, 4, 1, 24),
                                         variant(false, false, false, 1, 1, 2)));

TEST(Generator, SampleBeginContinuesTheNumbering) {
  const Policy policy = random_policy(kGrouped, 14);
  GenerationRequest all{.prompt_ids = {5, 6},
                        .key = {.seed = 1, .prompt = 9},
                        .sample_count = 8,
                        .max_new_tokens = 12};
  GenerationRequest tail = all;
  tail.sample_begin = 4;
  tail.sample_count = 4;
  const auto eight = generate_all(policy, {}, std::span(&all, 1));
  expect_same(generate_all(policy, {}, std::span(&tail, 1)), {eight.begin() + 4, eight.end()});
  EXPECT_NE(eight[0].response_ids, eight[1].response_ids);
}

TEST(Generator, PromptIsPrefilledOnceAGroup) {
  const Policy policy = random_policy(kGrouped, 15);
  GenerationRequest request{
      .prompt_ids = std::vector<int32_t>(21, 3), .sample_count = 10, .max_new_tokens = 6};
  GeneratorStats stats;
  const auto samples = generate_all(policy, {.slots = 3}, std::span(&request, 1), &stats);
  EXPECT_EQ(samples.size(), 10u);
  EXPECT_EQ(stats.prompt_tokens, 21);
  EXPECT_EQ(stats.sampled_tokens, 60);
}

TEST(Generator, StopsAtEosIncludingItAndAtTheLimit) {
  const Policy policy = random_policy(kGrouped, 16);
  GenerationRequest request{
      .prompt_ids = {1}, .sample_count = 64, .max_new_tokens = 30, .temperature = 1.5, .eos_id = 7};
  size_t stopped = 0;
  for (const auto& sample : generate_all(policy, {.slots = 9}, std::span(&request, 1))) {
    const auto eos = std::find(sample.response_ids.begin(), sample.response_ids.end(), 7);
    if (sample.finish == FinishReason::eos) {
      ++stopped;
      EXPECT_EQ(eos + 1, sample.response_ids.end());
    } else {
      EXPECT_EQ(sample.response_ids.size(), 30u);
      EXPECT_EQ(eos, sample.response_ids.end());
    }
  }
  EXPECT_GT(stopped, 0u);
  EXPECT_LT(stopped, 64u);
}

TEST(Generator, PollReturnsAsSoonAsSomethingFinishedAndTakesMoreWork) {
  const Policy policy = random_policy(kGrouped, 17);
  Generator generator(policy, {.slots = 2});
  EXPECT_TRUE(generator.idle());
  EXPECT_TRUE(generator.poll().empty());
  const std::vector<GenerationRequest> first{{.id = 1, .prompt_ids = {1}, .max_new_tokens = 2},
                                             {.id = 2, .prompt_ids = {2}, .max_new_tokens = 9},
                                             {.id = 3, .prompt_ids = {3}, .max_new_tokens = 3}};
  generator.submit(first);
  auto finished = generator.poll();
  ASSERT_EQ(finished.size(), 1u);
  EXPECT_EQ(finished[0].request_id, 1);
  finished = generator.poll();  // request 3 took the slot of request 1
  ASSERT_EQ(finished.size(), 1u);
  EXPECT_EQ(finished[0].request_id, 3);
  const std::vector<GenerationRequest> second{{.id = 4, .prompt_ids = {3}, .max_new_tokens = 3}};
  generator.submit(second);
  std::vector<int64_t> order;
  while (!generator.idle())
    for (const auto& sample : generator.poll()) order.push_back(sample.request_id);
  EXPECT_EQ(order, (std::vector<int64_t>{4, 2}));
}

TEST(Generator, NewWeightsAreUsedAfterTheirVersionChanged) {
  Policy policy = random_policy(kGrouped, 18);
  Generator generator(policy, {});
  const Policy other = random_policy(kGrouped, 19);
  policy.arena().weights().copy_(other.arena().weights());
  policy.arena().bump_version();
  GenerationRequest request{.prompt_ids = {1, 2}, .max_new_tokens = 20};
  generator.submit(std::span(&request, 1));
  expect_same(generator.poll(), generate_all(other, {}, std::span(&request, 1)));
}

TEST(Generator, RefusesRequestsThatCannotRun) {
  const Policy policy = random_policy(kGrouped, 20);
  const auto refused = [&](const GenerationRequest& request, const std::string& part) {
    Generator generator(policy, {});
    try {
      generator.submit(std::span(&request, 1));
      FAIL() << "accepted; expected: " << part;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
    EXPECT_TRUE(generator.idle());
  };
  refused({.prompt_ids = {}}, "at least one token");
  refused({.prompt_ids = {1}, .max_new_tokens = 0}, "max_new_tokens >= 1");
  refused({.prompt_ids = {1}, .max_new_tokens = 128}, "128 positions");
  refused({.prompt_ids = {37}}, "vocabulary of 37");
  refused({.prompt_ids = {-1}}, "vocabulary of 37");
  refused({.prompt_ids = {1}, .temperature = -1}, "temperature");
  refused({.prompt_ids = {1}, .temperature = std::nan("")}, "temperature");
  EXPECT_THROW(Generator(policy, {.slots = 0}), UserError);
}

TEST(Generator, NonFiniteLogitsStopWithTheirPlace) {
  Policy policy = random_policy(kGrouped, 21);
  policy.arena().weight("model.norm.weight").fill_(std::numeric_limits<float>::infinity());
  policy.arena().bump_version();
  GenerationRequest request{.id = 42, .prompt_ids = {1}, .sample_begin = 5, .max_new_tokens = 2};
  Generator generator(policy, {});
  generator.submit(std::span(&request, 1));
  try {
    generator.poll();
    FAIL() << "drew from NaN";
  } catch (const NumericError& error) {
    EXPECT_THAT(error.what(), HasSubstr("request 42, sample 5, position 0"));
  }
}

}  // namespace
}  // namespace rlreason::engine
