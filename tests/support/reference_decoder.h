// The decoder written to be read, on LibTorch autograd: the specification the hand-written one is held against.
//
// Nothing is packed, fused or chunked: every node of the forest is run as its own whole sequence of ancestors and itself
// (dense causal attention), so a shared prompt is repeated.  Rows of a node's own tokens give the packed hidden vectors.
// Legend: L tokens of one sequence, T packed tokens, R targets, D width, V vocabulary.
#pragma once

#include <torch/types.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/engine/layout.h"
#include "core/engine/model/policy.h"

namespace rlreason::engine::reference {

using Parameters = std::map<std::string, torch::Tensor>;  // leaves that require gradients

inline Parameters parameters_of(const Policy& policy, torch::ScalarType dtype) {
  Parameters parameters;
  for (const ParameterSpec& spec : policy.arena().specs())
    parameters[spec.name] =
        policy.arena().weight(spec.name).to(dtype).clone().set_requires_grad(true);
  return parameters;
}

inline torch::Tensor rms_norm(const torch::Tensor& x, const torch::Tensor& gain, double eps) {
  return x * torch::rsqrt((x * x).mean(-1, true) + eps) * gain;
}

// x [heads, L, hd]
inline torch::Tensor rotate(const torch::Tensor& x, int64_t first_position, double theta) {
  const int64_t length = x.size(1), hd = x.size(2), half = hd / 2;
  const auto options = torch::TensorOptions().dtype(torch::kDouble);
  const auto frequency = torch::pow(theta, -torch::arange(half, options) * 2.0 / hd);
  const auto angle = (torch::arange(length, options) + first_position).unsqueeze(1) * frequency;
  const auto cosine = torch::cat({angle.cos(), angle.cos()}, 1).to(x.dtype());
  const auto sine = torch::cat({angle.sin(), angle.sin()}, 1).to(x.dtype());
  const auto halves = x.split(half, 2);
  return x * cosine + torch::cat({-halves[1], halves[0]}, 2) * sine;
}

inline torch::Tensor attention(const ModelConfig& c, const Parameters& p, const std::string& layer,
                               const torch::Tensor& x) {
  const int64_t length = x.size(0);
  const auto project = [&](const std::string& name, int64_t heads) {
    auto y = torch::matmul(x, p.at(layer + name + "_proj.weight").t());
    if (c.attention_bias) y = y + p.at(layer + name + "_proj.bias");
    return y.view({length, heads, c.head_dim}).transpose(0, 1);
  };
  auto q = project("q", c.num_attention_heads), k = project("k", c.num_key_value_heads),
       v = project("v", c.num_key_value_heads);
  if (c.qk_norm) {
    q = rms_norm(q, p.at(layer + "q_norm.weight"), c.rms_norm_eps);
    k = rms_norm(k, p.at(layer + "k_norm.weight"), c.rms_norm_eps);
  }
  const int64_t group = c.num_attention_heads / c.num_key_value_heads;
  q = rotate(q, 0, c.rope_theta);
  k = rotate(k, 0, c.rope_theta).repeat_interleave(group, 0);
  v = v.repeat_interleave(group, 0);
  const auto future = torch::ones({length, length}, torch::kBool).triu(1);
  const auto scores =
      torch::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(c.head_dim));
  const auto weights = torch::softmax(scores.masked_fill(future, -INFINITY), -1);
  const auto mixed = torch::matmul(weights, v).transpose(0, 1).reshape({length, -1});
  return torch::matmul(mixed, p.at(layer + "o_proj.weight").t());
}

inline torch::Tensor mlp(const Parameters& p, const std::string& layer, const torch::Tensor& x) {
  const auto gate = torch::matmul(x, p.at(layer + "gate_proj.weight").t());
  const auto up = torch::matmul(x, p.at(layer + "up_proj.weight").t());
  return torch::matmul(torch::silu(gate) * up, p.at(layer + "down_proj.weight").t());
}

// Hidden vectors [L, D] of one sequence that starts at position 0.
inline torch::Tensor hidden_of(const ModelConfig& c, const Parameters& p,
                               const std::vector<int64_t>& ids) {
  auto h = p.at("model.embed_tokens.weight").index_select(0, torch::tensor(ids, torch::kLong));
  for (int64_t i = 0; i < c.num_hidden_layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    h = h + attention(c, p, layer + "self_attn.",
                      rms_norm(h, p.at(layer + "input_layernorm.weight"), c.rms_norm_eps));
    h = h + mlp(p, layer + "mlp.",
                rms_norm(h, p.at(layer + "post_attention_layernorm.weight"), c.rms_norm_eps));
  }
  return rms_norm(h, p.at("model.norm.weight"), c.rms_norm_eps);
}

inline torch::Tensor packed_hidden(const ModelConfig& c, const Parameters& p,
                                   const Layout& layout) {
  std::vector<std::vector<int64_t>> chains;
  std::vector<torch::Tensor> rows;
  for (const Segment& segment : layout.segments) {
    std::vector<int64_t> ids =
        segment.parent < 0 ? std::vector<int64_t>{} : chains[static_cast<size_t>(segment.parent)];
    const auto before = static_cast<int64_t>(ids.size());
    ids.insert(ids.end(), layout.tokens.begin() + segment.begin,
               layout.tokens.begin() + segment.end);
    rows.push_back(hidden_of(c, p, ids).narrow(0, before, segment.end - segment.begin));
    chains.push_back(std::move(ids));
  }
  return torch::cat(rows, 0);
}

inline HeadStatistics statistics(const ModelConfig& c, const Parameters& p, const Layout& layout,
                                 const Targets& targets, const HeadWants& wants) {
  const auto long_of = [](const std::vector<int32_t>& values) {
    return torch::tensor(std::vector<int64_t>(values.begin(), values.end()), torch::kLong);
  };
  const auto hidden = packed_hidden(c, p, layout).index_select(0, long_of(targets.row));
  const auto head = p.at(c.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight");
  const auto log_p = torch::log_softmax(torch::matmul(hidden, head.t()) / wants.temperature, -1);
  HeadStatistics result;
  result.logprob = log_p.gather(1, long_of(targets.token).unsqueeze(1)).squeeze(1);
  if (wants.entropy) result.entropy = -(log_p.exp() * log_p).sum(-1);
  return result;
}

}  // namespace rlreason::engine::reference
