#include "core/engine/model/weights.h"

#include <fmt/core.h>

namespace rlreason::engine {
namespace {

// One layer's views over the weights or the gradients: `one` and `many` read the arena.
template <class One, class Many>
LayerWeights layer_views(const ModelConfig& config, const std::string& layer, const One& one,
                         const Many& many) {
  LayerWeights w;
  const std::string attention = layer + "self_attn.";
  w.input_norm = one(layer + "input_layernorm.weight");
  w.qkv = many(attention + "q_proj.weight", attention + "v_proj.weight");
  if (config.attention_bias)
    w.qkv_bias = many(attention + "q_proj.bias", attention + "v_proj.bias");
  if (config.qk_norm) {
    w.q_norm = one(attention + "q_norm.weight");
    w.k_norm = one(attention + "k_norm.weight");
  }
  w.output = one(attention + "o_proj.weight");
  w.post_norm = one(layer + "post_attention_layernorm.weight");
  w.gate_up = many(layer + "mlp.gate_proj.weight", layer + "mlp.up_proj.weight");
  w.down = one(layer + "mlp.down_proj.weight");
  return w;
}

template <class One, class Many>
ModelWeights views(const ModelConfig& config, const One& one, const Many& many) {
  ModelWeights w;
  w.embedding = one("model.embed_tokens.weight");
  for (int64_t i = 0; i < config.num_hidden_layers; ++i)
    w.layers.push_back(layer_views(config, fmt::format("model.layers.{}.", i), one, many));
  w.final_norm = one("model.norm.weight");
  w.head = config.tie_word_embeddings ? w.embedding : one("lm_head.weight");
  return w;
}

void append_layer(const ModelConfig& c, const std::string& layer,
                  std::vector<ParameterSpec>& specs) {
  const int64_t q = c.num_attention_heads * c.head_dim, kv = c.num_key_value_heads * c.head_dim;
  const std::string attention = layer + "self_attn.";
  specs.push_back({layer + "input_layernorm.weight", {c.hidden_size}});
  specs.push_back({attention + "q_proj.weight", {q, c.hidden_size}});
  specs.push_back({attention + "k_proj.weight", {kv, c.hidden_size}, true});
  specs.push_back({attention + "v_proj.weight", {kv, c.hidden_size}, true});
  if (c.attention_bias) {
    specs.push_back({attention + "q_proj.bias", {q}});
    specs.push_back({attention + "k_proj.bias", {kv}, true});
    specs.push_back({attention + "v_proj.bias", {kv}, true});
  }
  if (c.qk_norm) {
    specs.push_back({attention + "q_norm.weight", {c.head_dim}});
    specs.push_back({attention + "k_norm.weight", {c.head_dim}});
  }
  specs.push_back({attention + "o_proj.weight", {c.hidden_size, q}});
  specs.push_back({layer + "post_attention_layernorm.weight", {c.hidden_size}});
  specs.push_back({layer + "mlp.gate_proj.weight", {c.intermediate_size, c.hidden_size}});
  specs.push_back({layer + "mlp.up_proj.weight", {c.intermediate_size, c.hidden_size}, true});
  specs.push_back({layer + "mlp.down_proj.weight", {c.hidden_size, c.intermediate_size}});
}

}  // namespace

std::vector<ParameterSpec> parameter_specs(const ModelConfig& config) {
  std::vector<ParameterSpec> specs;
  specs.push_back({"model.embed_tokens.weight", {config.vocab_size, config.hidden_size}});
  for (int64_t i = 0; i < config.num_hidden_layers; ++i)
    append_layer(config, fmt::format("model.layers.{}.", i), specs);
  specs.push_back({"model.norm.weight", {config.hidden_size}});
  if (!config.tie_word_embeddings)
    specs.push_back({"lm_head.weight", {config.vocab_size, config.hidden_size}});
  return specs;
}

ModelWeights weight_views(const ModelConfig& config, const Arena& arena) {
  return views(
      config, [&](const std::string& name) { return arena.weight(name); },
      [&](const std::string& first, const std::string& last) {
        return arena.weight_block(first, last);
      });
}

ModelWeights gradient_views(const ModelConfig& config, const Arena& arena) {
  return views(
      config, [&](const std::string& name) { return arena.gradient(name); },
      [&](const std::string& first, const std::string& last) {
        return arena.gradient_block(first, last);
      });
}

}  // namespace rlreason::engine
