// The smallest decoder that still has grouped queries: for tests of the trainers.
#pragma once

#include "core/engine/model/model_config.h"

namespace rlreason::testing_support {

inline engine::ModelConfig small_model(int64_t vocab_size) {
  engine::ModelConfig config;
  config.vocab_size = vocab_size;
  config.hidden_size = 16;
  config.intermediate_size = 24;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 1;
  config.head_dim = 8;
  return config;
}

}  // namespace rlreason::testing_support
