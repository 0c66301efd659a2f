#include "core/engine/model/decoder.h"

#include <algorithm>
#include <cmath>

#include "core/engine/kernels/linear.h"
#include "core/engine/kernels/swiglu.h"
#include "core/engine/kernels/table.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

template <class T>
T* data(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<T>() : nullptr;
}

void check_layout(const Layout& layout, const ModelConfig& config) {
  RLR_ENSURE(layout.positions.size() == layout.tokens.size(), "{} positions of {} tokens",
             layout.positions.size(), layout.tokens.size());
  for (const int32_t token : layout.tokens)
    RLR_ENSURE(token >= 0 && token < config.vocab_size, "token {} of a vocabulary of {}", token,
               config.vocab_size);
  for (const int32_t position : layout.positions)
    RLR_ENSURE(position >= 0 && position < config.max_position_embeddings,
               "position {} of at most {}", position, config.max_position_embeddings);
}

}  // namespace

template <class T>
Decoder<T>::Decoder(const ModelConfig& config, const Arena& arena)
    : config_(config),
      weights_(weight_views(config, arena)),
      gradients_(gradient_views(config, arena)),
      rope_(config.max_position_embeddings, config.head_dim, config.rope_theta),
      attention_{config.num_attention_heads, config.num_key_value_heads, config.head_dim,
                 1.0 / std::sqrt(static_cast<double>(config.head_dim))} {}

template <class T>
RmsNormShape Decoder<T>::head_norm(int64_t tokens, int64_t heads, int64_t x_stride) const {
  return {tokens, heads, config_.head_dim, x_stride, attention_.row(), config_.rms_norm_eps};
}

template <class T>
void Decoder<T>::attention_block(size_t layer, const Layout& layout, LayerActivations<T>& a,
                                 Activations<T>& shared) const {
  const LayerWeights& w = weights_.layers[layer];
  const int64_t tokens = layout.size(), width = config_.hidden_size, row = attention_.row(),
                hd = config_.head_dim;
  const int64_t heads = attention_.heads, kv_heads = attention_.kv_heads;
  T* normed = shared.normed.at_least(tokens * width);
  rms_norm_forward<T>(RmsNormShape::contiguous(tokens, width, config_.rms_norm_eps), a.input.data(),
                      data<T>(w.input_norm), normed, a.input_rstd.at_least(tokens));
  T* qkv = a.qkv.at_least(tokens * row);
  linear_forward<T>({tokens, width, row}, normed, data<T>(w.qkv), data<T>(w.qkv_bias), qkv);
  if (config_.qk_norm) {
    const int64_t kept = (heads + kv_heads) * hd;
    T* unnormed = a.unnormed.at_least(tokens * kept);
    for (int64_t t = 0; t < tokens; ++t) std::copy_n(qkv + t * row, kept, unnormed + t * kept);
    T* rstd = a.qk_rstd.at_least(tokens * (heads + kv_heads));
    rms_norm_forward<T>(head_norm(tokens, heads, kept), unnormed, data<T>(w.q_norm), qkv, rstd);
    rms_norm_forward<T>(head_norm(tokens, kv_heads, kept), unnormed + heads * hd, data<T>(w.k_norm),
                        qkv + heads * hd, rstd + tokens * heads);
  }
  rope<T>({tokens, heads + kv_heads, row}, rope_, layout.positions.data(), qkv);
  T* out = a.attention.at_least(tokens * heads * hd);
  attention_forward<T>(attention_, layout, qkv, out, a.lse.at_least(tokens * heads));
  T* middle = a.middle.at_least(tokens * width);
  std::copy_n(a.input.data(), tokens * width, middle);
  linear_forward<T>({tokens, heads * hd, width}, out, data<T>(w.output), nullptr, middle, true);
}

template <class T>
void Decoder<T>::mlp_block(size_t layer, int64_t tokens, LayerActivations<T>& a,
                           Activations<T>& shared, T* output) const {
  const LayerWeights& w = weights_.layers[layer];
  const int64_t width = config_.hidden_size, inner = config_.intermediate_size;
  T* normed = shared.normed.at_least(tokens * width);
  rms_norm_forward<T>(RmsNormShape::contiguous(tokens, width, config_.rms_norm_eps),
                      a.middle.data(), data<T>(w.post_norm), normed,
                      a.middle_rstd.at_least(tokens));
  T* gate_up = a.gate_up.at_least(tokens * 2 * inner);
  linear_forward<T>({tokens, width, 2 * inner}, normed, data<T>(w.gate_up), nullptr, gate_up);
  T* product = shared.inner.at_least(tokens * inner);
  swiglu_forward<T>(tokens, inner, gate_up, product);
  std::copy_n(a.middle.data(), tokens * width, output);
  linear_forward<T>({tokens, inner, width}, product, data<T>(w.down), nullptr, output, true);
}

template <class T>
void Decoder<T>::forward(const Layout& layout, Activations<T>& shared, bool keep) const {
  check_layout(layout, config_);
  const int64_t tokens = layout.size(), width = config_.hidden_size;
  const size_t layers = weights_.layers.size();
  shared.layers.resize(std::max(shared.layers.size(), keep ? layers : 1));
  T* input = shared.layers[0].input.at_least(tokens * width);
  const T* embedding = data<T>(weights_.embedding);
  for (int64_t t = 0; t < tokens; ++t)
    std::copy_n(embedding + layout.tokens[static_cast<size_t>(t)] * width, width,
                input + t * width);
  for (size_t i = 0; i < layers; ++i) {
    LayerActivations<T>& a = shared.layers[keep ? i : 0];
    attention_block(i, layout, a, shared);
    Scratch<T>& output = i + 1 == layers ? shared.last : shared.layers[keep ? i + 1 : 0].input;
    mlp_block(i, tokens, a, shared, output.at_least(tokens * width));
  }
  rms_norm_forward<T>(RmsNormShape::contiguous(tokens, width, config_.rms_norm_eps),
                      shared.last.data(), data<T>(weights_.final_norm),
                      shared.hidden.at_least(tokens * width), shared.last_rstd.at_least(tokens));
}

template <class T>
void Decoder<T>::mlp_backward(size_t layer, int64_t tokens, LayerActivations<T>& a,
                              Activations<T>& shared) const {
  const LayerWeights& w = weights_.layers[layer];
  const LayerWeights& g = gradients_.layers[layer];
  const int64_t width = config_.hidden_size, inner = config_.intermediate_size;
  const RmsNormShape norm = RmsNormShape::contiguous(tokens, width, config_.rms_norm_eps);
  T* dx = shared.gradient.data();
  T* product = shared.inner.at_least(tokens * inner);
  T* gate_up = a.gate_up.data();
  linear_backward_input<T>({tokens, inner, width}, dx, data<T>(w.down), product);
  swiglu_backward<T>(tokens, inner, gate_up, product, gate_up, product);  // both in place
  linear_backward_weight<T>({tokens, inner, width}, dx, product, data<T>(g.down));
  T* normed = shared.normed.at_least(tokens * width);
  rms_norm_forward<T>(norm, a.middle.data(), data<T>(w.post_norm), normed, nullptr);
  linear_backward_weight<T>({tokens, width, 2 * inner}, gate_up, normed, data<T>(g.gate_up));
  T* dnormed = shared.narrow_gradient.at_least(
      tokens * std::max(width, attention_.heads * config_.head_dim));
  linear_backward_input<T>({tokens, width, 2 * inner}, gate_up, data<T>(w.gate_up), dnormed);
  rms_norm_backward<T>(norm, a.middle.data(), data<T>(w.post_norm), a.middle_rstd.data(), dnormed,
                       dx, data<T>(g.post_norm), true);
}

// dqkv: from after the rotation to before the q and k norms.
template <class T>
void Decoder<T>::unrotate(size_t layer, const Layout& layout, LayerActivations<T>& a,
                          T* dqkv) const {
  const int64_t tokens = layout.size(), heads = attention_.heads, kv_heads = attention_.kv_heads,
                hd = config_.head_dim;
  rope<T>({tokens, heads + kv_heads, attention_.row()}, rope_, layout.positions.data(), dqkv, true);
  if (!config_.qk_norm) return;
  const LayerWeights& w = weights_.layers[layer];
  const LayerWeights& g = gradients_.layers[layer];
  const int64_t kept = (heads + kv_heads) * hd;
  // The norms' input gradients take the place of their inputs, which nothing reads afterwards, and return to dqkv.
  T* unnormed = a.unnormed.data();
  const T* rstd = a.qk_rstd.data();
  rms_norm_backward<T>(head_norm(tokens, heads, kept), unnormed, data<T>(w.q_norm), rstd, dqkv,
                       unnormed, data<T>(g.q_norm), false);
  rms_norm_backward<T>(head_norm(tokens, kv_heads, kept), unnormed + heads * hd, data<T>(w.k_norm),
                       rstd + tokens * heads, dqkv + heads * hd, unnormed + heads * hd,
                       data<T>(g.k_norm), false);
  for (int64_t t = 0; t < tokens; ++t)
    std::copy_n(unnormed + t * kept, kept, dqkv + t * attention_.row());
}

template <class T>
void Decoder<T>::attention_block_backward(size_t layer, const Layout& layout,
                                          LayerActivations<T>& a, Activations<T>& shared) const {
  const LayerWeights& w = weights_.layers[layer];
  const LayerWeights& g = gradients_.layers[layer];
  const int64_t tokens = layout.size(), width = config_.hidden_size, row = attention_.row();
  const int64_t out = attention_.heads * config_.head_dim;
  const RmsNormShape norm = RmsNormShape::contiguous(tokens, width, config_.rms_norm_eps);
  T* dx = shared.gradient.data();
  linear_backward_weight<T>({tokens, out, width}, dx, a.attention.data(), data<T>(g.output));
  T* dout = shared.narrow_gradient.at_least(tokens * std::max(width, out));
  linear_backward_input<T>({tokens, out, width}, dx, data<T>(w.output), dout);
  T* dqkv = shared.wide_gradient.at_least(tokens * row);
  attention_backward<T>(attention_, layout, a.qkv.data(), a.attention.data(), a.lse.data(), dout,
                        dqkv);
  unrotate(layer, layout, a, dqkv);
  if (g.qkv_bias.defined())
    linear_backward_bias<T>({tokens, width, row}, dqkv, data<T>(g.qkv_bias));
  T* normed = shared.normed.at_least(tokens * width);
  rms_norm_forward<T>(norm, a.input.data(), data<T>(w.input_norm), normed, nullptr);
  linear_backward_weight<T>({tokens, width, row}, dqkv, normed, data<T>(g.qkv));
  T* dnormed = shared.narrow_gradient.data();
  linear_backward_input<T>({tokens, width, row}, dqkv, data<T>(w.qkv), dnormed);
  rms_norm_backward<T>(norm, a.input.data(), data<T>(w.input_norm), a.input_rstd.data(), dnormed,
                       dx, data<T>(g.input_norm), true);
}

template <class T>
void Decoder<T>::backward(const Layout& layout, Activations<T>& shared) const {
  const int64_t tokens = layout.size(), width = config_.hidden_size;
  const RmsNormShape norm = RmsNormShape::contiguous(tokens, width, config_.rms_norm_eps);
  T* dx = shared.gradient.data();
  rms_norm_backward<T>(norm, shared.last.data(), data<T>(weights_.final_norm),
                       shared.last_rstd.data(), dx, dx, data<T>(gradients_.final_norm), false);
  for (size_t i = weights_.layers.size(); i-- > 0;) {
    mlp_backward(i, tokens, shared.layers[i], shared);
    attention_block_backward(i, layout, shared.layers[i], shared);
  }
  T* embedding = data<T>(gradients_.embedding);
  for (int64_t t = 0; t < tokens; ++t)
    kernels<T>().add(width, dx + t * width,
                     embedding + layout.tokens[static_cast<size_t>(t)] * width);
}

template class Decoder<float>;
template class Decoder<double>;

}  // namespace rlreason::engine
