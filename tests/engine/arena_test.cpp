#include "core/engine/arena/arena.h"

#include <gtest/gtest.h>

#include "core/engine/model/weights.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

TEST(Arena, ParametersAreAlignedViewsThatShareMemory) {
  Arena arena({{"a", {3, 5}}, {"b", {7}}, {"c", {2, 2}}});
  EXPECT_EQ(arena.parameter_count(), 15 + 7 + 4);
  EXPECT_EQ(arena.weights().numel() % 16, 0);
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.weight(name).data_ptr()) % 64, 0u) << name;
  arena.weight("b").fill_(2.0);
  EXPECT_DOUBLE_EQ(arena.weights().sum().item<double>(), 14.0);
  EXPECT_DOUBLE_EQ(arena.gradients().sum().item<double>(), 0.0);
}

TEST(Arena, AdjoiningParametersFormOneBlock) {
  Arena arena({{"q", {3, 5}}, {"k", {2, 5}, true}, {"other", {5}}});
  arena.weight("q").fill_(1.0);
  arena.weight("k").fill_(2.0);
  const at::Tensor block = arena.weight_block("q", "k");
  EXPECT_EQ(block.sizes(), (std::vector<int64_t>{5, 5}));
  EXPECT_DOUBLE_EQ(block.sum().item<double>(), 15.0 + 20.0);
  EXPECT_THROW(arena.weight_block("q", "other"), BugError);
}

TEST(Arena, UnknownAndRepeatedNamesAreBugs) {
  Arena arena({{"a", {1}}});
  EXPECT_TRUE(arena.contains("a"));
  EXPECT_FALSE(arena.contains("b"));
  EXPECT_THROW(arena.weight("b"), BugError);
  EXPECT_THROW(Arena({{"a", {1}}, {"a", {2}}}), BugError);
}

TEST(Arena, DecoderParametersCarryTheirPublishedNames) {
  ModelConfig config;
  config.vocab_size = 64;
  config.hidden_size = 128;
  config.intermediate_size = 384;
  config.num_hidden_layers = 5;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 32;
  config.tie_word_embeddings = true;
  Arena arena(parameter_specs(config));
  EXPECT_EQ(arena.parameter_count(),
            64 * 128 + 5 * (256 * 128 + 128 * 128 + 3 * 384 * 128 + 2 * 128) + 128);
  EXPECT_FALSE(arena.contains("lm_head.weight"));
  const ModelWeights weights = weight_views(config, arena);
  EXPECT_TRUE(weights.head.is_same(weights.embedding));
  EXPECT_EQ(weights.layers[4].qkv.sizes(), (std::vector<int64_t>{256, 128}));
  EXPECT_EQ(weights.layers[4].qkv.data_ptr(),
            arena.weight("model.layers.4.self_attn.q_proj.weight").data_ptr());
}

}  // namespace
}  // namespace rlreason::engine
