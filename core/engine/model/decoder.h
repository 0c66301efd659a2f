// The decoder stack on packed tokens: forward with or without kept activations, and backward.  Weights and gradients are
// the arena's; nothing here allocates weights, knows targets or keeps state between calls.
//
//   h0 = E[tokens]                                               E: embedding
//   x  = h + Wo attention(rope(norm_qk(Wqkv rms(h) + b)))         pre-norm residual block
//   h' = x + Wdown swiglu(Wgate_up rms(x))
//   hidden = rms(h_L)                                             [T, D]
// Source: Hugging Face transformers 5, modeling_llama / qwen2 / qwen3.  Normed inputs and SwiGLU products are computed again
// in backward instead of being kept.  T (template) is float or double; T (shape) counts packed tokens.
#pragma once

#include <vector>

#include "core/engine/kernels/attention.h"
#include "core/engine/kernels/parallel.h"
#include "core/engine/kernels/rms_norm.h"
#include "core/engine/kernels/rope.h"
#include "core/engine/layout.h"
#include "core/engine/model/weights.h"

namespace rlreason::engine {

// What one layer keeps for backward; buffers are reused by later passes.
template <class T>
struct LayerActivations {
  Scratch<T> input;        // [T, D]
  Scratch<T> input_rstd;   // [T]
  Scratch<T> unnormed;     // [T, (H + KV) hd] q and k before their norms; only with qk_norm
  Scratch<T> qk_rstd;      // [T, H + KV]; only with qk_norm
  Scratch<T> qkv;          // [T, (H + 2 KV) hd] after norm and rotation
  Scratch<T> attention;    // [T, H hd]
  Scratch<T> lse;          // [T, H]
  Scratch<T> middle;       // [T, D] after attention
  Scratch<T> middle_rstd;  // [T]
  Scratch<T> gate_up;      // [T, 2 I]
};

template <class T>
struct Activations {
  std::vector<LayerActivations<T>> layers;
  Scratch<T> last;       // [T, D] output of the last layer
  Scratch<T> last_rstd;  // [T]
  Scratch<T> hidden;     // [T, D]
  // Working memory of the pass.
  Scratch<T> normed;           // [T, D]
  Scratch<T> inner;            // [T, I] SwiGLU products or their gradients
  Scratch<T> wide_gradient;    // [T, max(D, (H + 2 KV) hd, H hd)]
  Scratch<T> narrow_gradient;  // [T, max(D, H hd)]
  Scratch<T> gradient;         // [T, D]
};

template <class T>
class Decoder {
 public:
  Decoder(const ModelConfig& config, const Arena& arena);

  // Leaves the result in activations.hidden; `keep` false reuses one layer's buffers for all layers.
  // REQUIRES: tokens in [0, V), positions in [0, max_position_embeddings).
  void forward(const Layout& layout, Activations<T>& activations, bool keep) const;
  // dhidden [T, D] is activations.gradient; accumulates into the arena's gradients and consumes the activations.
  void backward(const Layout& layout, Activations<T>& activations) const;

 private:
  void attention_block(size_t layer, const Layout& layout, LayerActivations<T>& a,
                       Activations<T>& shared) const;
  void mlp_block(size_t layer, int64_t tokens, LayerActivations<T>& a, Activations<T>& shared,
                 T* output) const;
  void mlp_backward(size_t layer, int64_t tokens, LayerActivations<T>& a,
                    Activations<T>& shared) const;
  void attention_block_backward(size_t layer, const Layout& layout, LayerActivations<T>& a,
                                Activations<T>& shared) const;
  void unrotate(size_t layer, const Layout& layout, LayerActivations<T>& a, T* dqkv) const;
  RmsNormShape head_norm(int64_t tokens, int64_t heads, int64_t x_stride) const;

  ModelConfig config_;
  ModelWeights weights_, gradients_;
  RopeTable<T> rope_;
  AttentionShape attention_;
};

}  // namespace rlreason::engine
