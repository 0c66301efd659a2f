// Small decoders of every kind, random forests and random objectives for the decoder's tests.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <string>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/random.h"

namespace rlreason::engine::cases {

struct NamedConfig {
  std::string name;
  ModelConfig config;
};

inline std::vector<NamedConfig> all_configs() {
  ModelConfig plain;
  plain.vocab_size = 37;
  plain.hidden_size = 24;
  plain.intermediate_size = 40;
  plain.num_hidden_layers = 2;
  plain.num_attention_heads = 3;
  plain.num_key_value_heads = 3;
  plain.head_dim = 10;
  plain.max_position_embeddings = 256;
  ModelConfig grouped = plain;
  grouped.hidden_size = 48;
  grouped.num_attention_heads = 4;
  grouped.num_key_value_heads = 2;
  grouped.head_dim = 16;
  grouped.tie_word_embeddings = true;
  ModelConfig biased = grouped;
  biased.attention_bias = true;
  biased.num_key_value_heads = 1;
  biased.tie_word_embeddings = false;
  ModelConfig normed = grouped;
  normed.qk_norm = true;
  normed.head_dim = 20;
  normed.rope_theta = 500.0;
  return {{"plain", plain}, {"grouped_tied", grouped}, {"biased", biased}, {"normed", normed}};
}

// Weights far from their initial values, biases and gains included.
inline void randomise(Policy& policy, uint64_t seed) {
  policy.initialise(seed);
  Sequence draws({.seed = seed, .purpose = Purpose::noise});
  for (const ParameterSpec& spec : policy.arena().specs()) {
    at::Tensor weight = policy.arena().weight(spec.name);
    if (spec.shape.size() != 1) continue;
    for (int64_t i = 0; i < weight.numel(); ++i) weight[i] += 0.3 * draws.normal();
  }
  policy.arena().weight("model.embed_tokens.weight") *= 20;
  policy.arena().bump_version();
}

inline std::vector<int32_t> random_ids(Sequence& draws, int64_t count, int64_t vocab) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(draws.between(0, vocab - 1)));
  return ids;
}

struct Batch {
  Layout layout;
  Targets targets;
};

// A forest of `segments` segments with lengths up to `longest`; every predicted token is a target, the first of a child too.
inline Batch random_batch(uint64_t seed, int64_t vocab, int segments = 7, int64_t longest = 40) {
  Sequence draws({.seed = seed, .purpose = Purpose::data});
  Batch batch;
  for (int32_t s = 0; s < segments; ++s) {
    const auto parent = s == 0 ? -1 : static_cast<int32_t>(draws.between(-1, s - 1));
    const int64_t length = draws.between(1, longest);
    const int32_t index = batch.layout.append(random_ids(draws, length, vocab), parent);
    batch.targets.append_segment(batch.layout, index,
                                 batch.layout.segments[static_cast<size_t>(index)].begin, s,
                                 Source::policy);
  }
  return batch;
}

inline at::Tensor random_vector(uint64_t seed, int64_t count, at::ScalarType dtype) {
  Sequence draws({.seed = seed, .purpose = Purpose::noise, .prompt = 77});
  at::Tensor values = at::empty({count}, at::kDouble);
  for (int64_t i = 0; i < count; ++i) values.data_ptr<double>()[i] = draws.normal();
  return values.to(dtype);
}

}  // namespace rlreason::engine::cases
