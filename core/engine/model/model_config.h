// The shape of a decoder: what config.json of a Hugging Face checkpoint says, and nothing about training.  No LibTorch.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <tuple>

#include "core/config/field.h"

namespace rlreason::engine {

struct ModelConfig {
  int64_t vocab_size = 0;  // 0: taken from the tokenizer
  int64_t hidden_size = 96;
  int64_t intermediate_size = 256;
  int64_t num_hidden_layers = 3;
  int64_t num_attention_heads = 4;
  int64_t num_key_value_heads = 4;
  int64_t head_dim = 24;
  int64_t max_position_embeddings = 512;
  double rope_theta = 10000.0;
  double rms_norm_eps = 1e-6;
  bool attention_bias = false;  // q, k, v biases (Qwen2)
  bool qk_norm = false;         // per-head RMS norms on q and k (Qwen3)
  bool tie_word_embeddings = false;

  static constexpr auto fields() {
    using config::at_least, config::field;
    return std::tuple{
        field(&ModelConfig::vocab_size, "vocab_size",
              "tokens in the vocabulary; 0 takes the tokenizer's", at_least(0)),
        field(&ModelConfig::hidden_size, "hidden_size", "width of the residual stream",
              at_least(1)),
        field(&ModelConfig::intermediate_size, "intermediate_size",
              "width of the SwiGLU inner layer", at_least(1)),
        field(&ModelConfig::num_hidden_layers, "num_hidden_layers", "decoder layers", at_least(1)),
        field(&ModelConfig::num_attention_heads, "num_attention_heads", "query heads", at_least(1)),
        field(&ModelConfig::num_key_value_heads, "num_key_value_heads",
              "key and value heads; divides the query heads", at_least(1)),
        field(&ModelConfig::head_dim, "head_dim", "width of one head; even", at_least(2)),
        field(&ModelConfig::max_position_embeddings, "max_position_embeddings",
              "longest sequence in tokens", at_least(1)),
        field(&ModelConfig::rope_theta, "rope_theta", "base of the rotary frequencies",
              at_least(1.0)),
        field(&ModelConfig::rms_norm_eps, "rms_norm_eps", "added to the mean square in RMS norms",
              at_least(0.0)),
        field(&ModelConfig::attention_bias, "attention_bias", "biases on q, k and v"),
        field(&ModelConfig::qk_norm, "qk_norm", "RMS norms on each head's q and k"),
        field(&ModelConfig::tie_word_embeddings, "tie_word_embeddings",
              "the head shares the embedding matrix")};
  }
};

// Cross-field rules; throws UserError naming the field.
void check(const ModelConfig& config);

// config.json as transformers reads it (llama, qwen2 or qwen3, whichever has exactly these features) and back.
// Throws DataError with `where` for a missing field, an unknown model_type or an unsupported feature (rope scaling, sliding window).
nlohmann::json to_hf_config(const ModelConfig& config, int64_t eos_token_id, int64_t pad_token_id);
ModelConfig from_hf_config(const nlohmann::json& config, const std::string& where);

}  // namespace rlreason::engine
