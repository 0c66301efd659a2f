// The peers' workload on our engine: generate, rescore, train and a whole iteration, for 1 M and 5 M
// parameters, in f32.
//
// Same shapes as the Python peers (tests/benchmarks/peers): Qwen2 layout with biases and tied
// embeddings, vocabulary 64, prompts of 16 tokens, every response exactly 64 tokens, AdamW, clip
// norm 1.  Weights are random, so what the tokens say does not matter to the speed.
// Counters: tok_per_s of the work named; first_s from process start to the first finished round,
// peak_mib of the whole process (both need one case a process: tests/benchmarks/run.sh does that).
#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/engine/generation/generator.h"
#include "core/engine/layout.h"
#include "core/engine/model/policy.h"
#include "core/engine/optimizer/adamw.h"

namespace rlreason::engine {
namespace {

constexpr int32_t kPromptTokens = 16, kNewTokens = 64, kVocabulary = 64, kFirstCharacter = 4;
constexpr uint32_t kGenerateRows = 256, kPrompts = 8, kGroup = 8, kTrainRows = 64;

ModelConfig model_of(int64_t megaparameters) {
  ModelConfig c;
  c.vocab_size = kVocabulary;
  c.hidden_size = megaparameters == 1 ? 128 : 256;
  c.intermediate_size = 3 * c.hidden_size;
  c.num_hidden_layers = megaparameters == 1 ? 5 : 6;
  c.num_attention_heads = 4;
  c.num_key_value_heads = 2;
  c.head_dim = c.hidden_size / 4;
  c.attention_bias = true;
  c.tie_word_embeddings = true;
  return c;
}

Policy policy_of(const benchmark::State& state) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  at::set_num_threads(threads != nullptr ? std::max(1, std::atoi(threads)) : 1);
  Policy policy(model_of(state.range(0)));
  policy.initialise(0);
  return policy;
}

std::vector<int32_t> characters(uint64_t seed, int32_t count) {
  Sequence sequence({.seed = seed, .purpose = Purpose::data});
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(sequence.between(kFirstCharacter, kVocabulary - 1)));
  return ids;
}

std::vector<GenerationRequest> requests_of(uint32_t prompts, uint32_t samples, uint64_t iteration) {
  std::vector<GenerationRequest> requests;
  for (uint32_t i = 0; i < prompts; ++i)
    requests.push_back({.id = i,
                        .prompt_ids = characters(i, kPromptTokens),
                        .key = {.purpose = Purpose::rollout, .iteration = iteration, .prompt = i},
                        .sample_count = samples,
                        .max_new_tokens = kNewTokens});
  return requests;
}

double process_age_s() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;  // 22: start time in clock ticks
  double up_s = 0;
  std::ifstream("/proc/uptime") >> up_s;
  return up_s - std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void count(benchmark::State& state, int64_t tokens_per_round, double first_s) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["tok_per_s"] = benchmark::Counter(static_cast<double>(tokens_per_round),
                                                   benchmark::Counter::kIsIterationInvariantRate);
  state.counters["first_s"] = first_s;
  state.counters["peak_mib"] = static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void generate(benchmark::State& state) {
  const Policy policy = policy_of(state);
  const auto requests = requests_of(kGenerateRows, 1, 1);
  double first_s = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(generate_all(policy, {.slots = kGenerateRows}, requests));
    if (first_s == 0) first_s = process_age_s();
  }
  count(state, int64_t{kGenerateRows} * kNewTokens, first_s);
}

// 64 rows of 80 tokens, every token but the first a target.
struct Rows {
  Layout layout;
  Targets targets;
  Rows() {
    for (uint32_t i = 0; i < kTrainRows; ++i) {
      const int32_t segment = layout.append(characters(1000 + i, kPromptTokens + kNewTokens));
      targets.append_segment(layout, segment,
                             layout.segments[static_cast<size_t>(segment)].begin + 1,
                             static_cast<int32_t>(i), Source::demonstration);
    }
  }
};

void rescore(benchmark::State& state) {
  const Policy policy = policy_of(state);
  const Rows rows;
  for (auto _ : state)
    benchmark::DoNotOptimize(policy.score(rows.layout, rows.targets, {}).logprob);
  count(state, rows.layout.size(), 0);
}

void update(Policy& policy, AdamW& optimizer, const Layout& layout, const Targets& targets,
            const at::Tensor& gradient) {
  policy.arena().zero_gradients();
  policy.backward(policy.forward(layout, targets, {}), gradient, {});
  optimizer.step(policy.arena(), 1e-4, clip_scale(gradient_norm(policy.arena()), 1.0));
}

void sft(benchmark::State& state) {
  Policy policy = policy_of(state);
  AdamW optimizer(policy.arena(), {.weight_decay = 0});
  const Rows rows;
  const at::Tensor gradient = at::full(
      {rows.targets.size()}, -1.0 / rows.targets.size());  // of the mean negative log-likelihood
  double first_s = 0;
  for (auto _ : state) {
    update(policy, optimizer, rows.layout, rows.targets, gradient);
    if (first_s == 0) first_s = process_age_s();
  }
  count(state, rows.layout.size(), first_s);
}

// 8 prompts x 8 responses: sample, reward the share of digits, centre it in the group, one
// clipped-surrogate step (on policy the ratio is 1, so the gradient of a token's log-prob is its
// advantage).
void whole_iteration(Policy& policy, AdamW& optimizer, uint64_t iteration) {
  const auto requests = requests_of(kPrompts, kGroup, iteration);
  const auto samples = generate_all(policy, {.slots = kPrompts * kGroup}, requests);
  Layout layout;
  Targets targets;
  std::vector<float> gradient;
  for (uint32_t p = 0; p < kPrompts; ++p) {
    const int32_t prompt = layout.append(requests[p].prompt_ids);
    double rewards[kGroup] = {}, mean = 0;
    for (uint32_t s = 0; s < kGroup; ++s) {
      for (const int32_t id : samples[p * kGroup + s].response_ids)
        rewards[s] += id < kFirstCharacter + 10 ? 0.1 / kNewTokens : 0;
      mean += rewards[s] / kGroup;
    }
    for (uint32_t s = 0; s < kGroup; ++s) {
      const FinishedSample& sample = samples[p * kGroup + s];
      const int32_t segment = layout.append(sample.response_ids, prompt);
      targets.append_segment(layout, segment, layout.segments[static_cast<size_t>(segment)].begin,
                             static_cast<int32_t>(p * kGroup + s), Source::policy);
      const double share = -(rewards[s] - mean) / (kPrompts * kGroup * kNewTokens);
      gradient.insert(gradient.end(), sample.response_ids.size(), static_cast<float>(share));
    }
  }
  update(policy, optimizer, layout, targets, at::from_blob(gradient.data(), {targets.size()}));
}

void grpo(benchmark::State& state) {
  Policy policy = policy_of(state);
  AdamW optimizer(policy.arena(), {.weight_decay = 0});
  uint64_t iteration = 0;
  double first_s = 0;
  for (auto _ : state) {
    whole_iteration(policy, optimizer, ++iteration);
    if (first_s == 0) first_s = process_age_s();
  }
  count(state, int64_t{kPrompts} * kGroup * kNewTokens, first_s);
}

BENCHMARK(generate)->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(4);
BENCHMARK(rescore)->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2);
BENCHMARK(sft)->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(3);
BENCHMARK(grpo)->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(4);

}  // namespace
}  // namespace rlreason::engine

BENCHMARK_MAIN();
