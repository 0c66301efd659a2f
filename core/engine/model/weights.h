// The arena's parameters as the decoder uses them: one set of views a layer, fused where kernels want one matrix.
//
// Legend: D hidden width, H query heads, KV key-value heads, hd head width, I inner width, V vocabulary.
// Views share the arena's memory: they stay valid as long as the arena lives and never go stale.  Optional ones are undefined
// tensors when the configuration lacks them.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/engine/arena/arena.h"
#include "core/engine/model/model_config.h"

namespace rlreason::engine {

struct LayerWeights {
  at::Tensor input_norm;  // [D]
  at::Tensor qkv;         // [(H + 2 KV) hd, D]
  at::Tensor qkv_bias;    // [(H + 2 KV) hd], optional
  at::Tensor q_norm;      // [hd], optional
  at::Tensor k_norm;      // [hd], optional
  at::Tensor output;      // [D, H hd]
  at::Tensor post_norm;   // [D]
  at::Tensor gate_up;     // [2 I, D]
  at::Tensor down;        // [D, I]
};

struct ModelWeights {
  at::Tensor embedding;  // [V, D]
  std::vector<LayerWeights> layers;
  at::Tensor final_norm;  // [D]
  at::Tensor head;        // [V, D]; the embedding when tied
};

// The parameters of a configuration under their Hugging Face names, in the arena's order.
std::vector<ParameterSpec> parameter_specs(const ModelConfig& config);

ModelWeights weight_views(const ModelConfig& config, const Arena& arena);
ModelWeights gradient_views(const ModelConfig& config, const Arena& arena);

}  // namespace rlreason::engine
