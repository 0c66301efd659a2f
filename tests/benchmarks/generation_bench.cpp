// Decoding alone, in f32, for 1 M and 5 M parameters: slots, groups that share a prompt, threads.
//
// Arguments: megaparameters, slots, samples a prompt, threads.  Every response has exactly 64 tokens and prompts have 16.
// tok_per_s counts generated tokens; prefill is part of the time.
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "core/engine/generation/generator.h"

namespace rlreason::engine {
namespace {

constexpr int32_t kPromptTokens = 16, kNewTokens = 64, kVocabulary = 64;

ModelConfig model_of(int64_t megaparameters) {
  const bool small = megaparameters == 1;
  return {.vocab_size = kVocabulary,
          .hidden_size = small ? 128 : 256,
          .intermediate_size = small ? 384 : 768,
          .num_hidden_layers = small ? 5 : 6,
          .num_attention_heads = 4,
          .num_key_value_heads = 2,
          .head_dim = small ? 32 : 64,
          .tie_word_embeddings = true};
}

void decode(benchmark::State& state) {
  const int before = at::get_num_threads();
  at::set_num_threads(static_cast<int>(state.range(3)));
  Policy policy(model_of(state.range(0)));
  policy.initialise(1);
  const int64_t sequences = 256, group = state.range(2);
  std::vector<GenerationRequest> requests;
  Sequence draw({.seed = 1, .purpose = Purpose::data});
  for (int64_t i = 0; i < sequences / group; ++i) {
    GenerationRequest request{
        .id = i, .sample_count = static_cast<uint32_t>(group), .max_new_tokens = kNewTokens};
    request.key.prompt = static_cast<uint64_t>(i);
    for (int32_t t = 0; t < kPromptTokens; ++t)
      request.prompt_ids.push_back(static_cast<int32_t>(draw.between(0, kVocabulary - 1)));
    requests.push_back(request);
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(
        generate_all(policy, {.slots = static_cast<int32_t>(state.range(1))}, requests));
  state.counters["tok_per_s"] = benchmark::Counter(static_cast<double>(sequences * kNewTokens),
                                                   benchmark::Counter::kIsIterationInvariantRate);
  at::set_num_threads(before);
}

BENCHMARK(decode)
    ->ArgNames({"M", "slots", "group", "threads"})
    ->ArgsProduct({{1, 5}, {32, 256}, {1, 8}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace rlreason::engine

BENCHMARK_MAIN();
