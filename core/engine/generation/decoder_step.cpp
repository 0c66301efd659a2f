#include "core/engine/generation/decoder_step.h"

#include <algorithm>
#include <cmath>

#include "core/engine/kernels/rms_norm.h"
#include "core/engine/kernels/swiglu.h"
#include "core/error.h"

namespace rlreason::engine {
namespace {

constexpr int64_t kTile =
    56;  // rows that go through a layer together: their activations stay in the L2 cache

const float* data_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

void pack(PackedWeight<float>& packed, const at::Tensor& weight) {
  packed.pack(weight.const_data_ptr<float>(), weight.size(0), weight.size(1));
}

int64_t qkv_width(const ModelConfig& config) {
  return (config.num_attention_heads + 2 * config.num_key_value_heads) * config.head_dim;
}

void grow(std::vector<float>& buffer, int64_t elements) {
  if (static_cast<int64_t>(buffer.size()) < elements) buffer.resize(static_cast<size_t>(elements));
}

int64_t longest_sequence(std::span<const StepRow> rows) {
  int64_t longest = 0;
  for (const StepRow& row : rows)
    longest = std::max(longest, row.sequence.prompt.length + row.sequence.suffix.length);
  return longest;
}

}  // namespace

void StepWorkspace::fit(const ModelConfig& config, int64_t rows, int64_t tile, int64_t longest) {
  grow(residual, rows * config.hidden_size);
  grow(normed, tile * config.hidden_size);
  grow(qkv, tile * qkv_width(config));
  grow(attended, tile * config.num_attention_heads * config.head_dim);
  grow(gate_up, tile * 2 * config.intermediate_size);
  grow(inner, tile * config.intermediate_size);
  grow(scratch, decode_attention_scratch(longest));
}

DecoderStep::DecoderStep(const Policy& policy)
    : policy_(policy),
      config_(policy.config()),
      weights_(weight_views(policy.config(), policy.arena())),
      shape_{config_.num_attention_heads, config_.num_key_value_heads, config_.head_dim,
             1 / std::sqrt(static_cast<double>(config_.head_dim))},
      rope_(config_.max_position_embeddings, config_.head_dim, config_.rope_theta),
      layers_(weights_.layers.size()) {
  RLR_ENSURE(policy.arena().dtype() == at::kFloat, "generation runs on float weights");
  repack();
}

void DecoderStep::repack() {
  if (packed_version_ == policy_.arena().version()) return;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const LayerWeights& from = weights_.layers[i];
    Layer& to = layers_[i];
    to.input_norm = data_or_null(from.input_norm);
    to.post_norm = data_or_null(from.post_norm);
    to.q_norm = data_or_null(from.q_norm);
    to.k_norm = data_or_null(from.k_norm);
    to.qkv_bias = data_or_null(from.qkv_bias);
    pack(to.qkv, from.qkv);
    pack(to.output, from.output);
    pack(to.gate_up, from.gate_up);
    pack(to.down, from.down);
  }
  pack(head_, weights_.head);
  packed_version_ = policy_.arena().version();
}

int64_t DecoderStep::page_elements() const {
  return config_.num_hidden_layers * page_layer_elements(shape_);
}

void DecoderStep::run(std::span<const StepRow> rows, StepWorkspace& w) const {
  const int64_t width = config_.hidden_size, count = static_cast<int64_t>(rows.size());
  w.fit(config_, count, std::min(kTile, count), longest_sequence(rows));
  const float* embedding = weights_.embedding.const_data_ptr<float>();
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(embedding + rows[static_cast<size_t>(i)].token * width, width,
                w.residual.data() + i * width);
  for (size_t l = 0; l < layers_.size(); ++l) {
    const int64_t offset = static_cast<int64_t>(l) * page_layer_elements(shape_);
    for (int64_t begin = 0; begin < count; begin += kTile) {
      const auto tile = rows.subspan(static_cast<size_t>(begin),
                                     static_cast<size_t>(std::min(kTile, count - begin)));
      float* residual = w.residual.data() + begin * width;
      project(layers_[l], tile, residual, w);
      for (size_t i = 0; i < tile.size(); ++i)
        append_key_value(shape_, w.qkv.data() + static_cast<int64_t>(i) * qkv_width(config_),
                         tile[i].page + offset, tile[i].page_position);
      if (l + 1 == layers_.size()) {
        predict(layers_[l], offset, tile, residual, w);
      } else {
        attend(layers_[l], offset, tile, residual, w);
        feed_forward(layers_[l], static_cast<int64_t>(tile.size()), residual, w);
      }
    }
  }
}

// Rotated q, k and v of a tile, into w.qkv.
void DecoderStep::project(const Layer& layer, std::span<const StepRow> rows, const float* residual,
                          StepWorkspace& w) const {
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t stride = qkv_width(config_), head_dim = config_.head_dim;
  rms_norm_forward<float>(
      RmsNormShape::contiguous(count, config_.hidden_size, config_.rms_norm_eps), residual,
      layer.input_norm, w.normed.data(), nullptr);
  linear_forward<float>(count, w.normed.data(), layer.qkv, layer.qkv_bias, w.qkv.data());
  if (layer.q_norm != nullptr) {
    float* keys = w.qkv.data() + config_.num_attention_heads * head_dim;
    rms_norm_forward<float>(
        {count, config_.num_attention_heads, head_dim, stride, stride, config_.rms_norm_eps},
        w.qkv.data(), layer.q_norm, w.qkv.data(), nullptr);
    rms_norm_forward<float>(
        {count, config_.num_key_value_heads, head_dim, stride, stride, config_.rms_norm_eps}, keys,
        layer.k_norm, keys, nullptr);
  }
  w.positions.clear();
  for (const StepRow& row : rows) w.positions.push_back(row.position);
  rope<float>({count, config_.num_attention_heads + config_.num_key_value_heads, stride}, rope_,
              w.positions.data(), w.qkv.data());
}

void DecoderStep::attend(const Layer& layer, int64_t offset, std::span<const StepRow> rows,
                         float* residual, StepWorkspace& w) const {
  w.sequences.clear();
  for (const StepRow& row : rows) w.sequences.push_back(row.sequence);
  const auto count = static_cast<int64_t>(rows.size());
  decode_attention(shape_, count, w.sequences.data(), offset, w.qkv.data(), w.attended.data(),
                   w.scratch.data());
  linear_forward<float>(count, w.attended.data(), layer.output, nullptr, residual, true);
}

void DecoderStep::feed_forward(const Layer& layer, int64_t rows, float* residual,
                               StepWorkspace& w) const {
  rms_norm_forward<float>(RmsNormShape::contiguous(rows, config_.hidden_size, config_.rms_norm_eps),
                          residual, layer.post_norm, w.normed.data(), nullptr);
  linear_forward<float>(rows, w.normed.data(), layer.gate_up, nullptr, w.gate_up.data());
  swiglu_forward<float>(rows, config_.intermediate_size, w.gate_up.data(), w.inner.data());
  linear_forward<float>(rows, w.inner.data(), layer.down, nullptr, residual, true);
}

// The last layer: beyond its keys and values only the rows that predict something matter.
void DecoderStep::predict(const Layer& layer, int64_t offset, std::span<const StepRow> rows,
                          float* residual, StepWorkspace& w) const {
  const int64_t width = config_.hidden_size, stride = qkv_width(config_);
  w.predicting.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].hidden == nullptr) continue;
    const auto from = static_cast<int64_t>(i), to = static_cast<int64_t>(w.predicting.size());
    if (from != to) {
      std::copy_n(residual + from * width, width, residual + to * width);
      std::copy_n(w.qkv.data() + from * stride, stride, w.qkv.data() + to * stride);
    }
    w.predicting.push_back(rows[i]);
  }
  if (w.predicting.empty()) return;
  const auto count = static_cast<int64_t>(w.predicting.size());
  attend(layer, offset, w.predicting, residual, w);
  feed_forward(layer, count, residual, w);
  rms_norm_forward<float>(RmsNormShape::contiguous(count, width, config_.rms_norm_eps), residual,
                          weights_.final_norm.const_data_ptr<float>(), w.normed.data(), nullptr);
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(w.normed.data() + i * width, width, w.predicting[static_cast<size_t>(i)].hidden);
}

void DecoderStep::logits(int64_t rows, const float* hidden, float* out) const {
  linear_forward<float>(rows, hidden, head_, nullptr, out);
}

}  // namespace rlreason::engine
