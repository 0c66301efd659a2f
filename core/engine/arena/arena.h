// Flat weight and gradient buffers; parameters are views under their Hugging Face names.
//
// One buffer of weights and one of gradients, parameters in declaration order.  A parameter starts 64-byte aligned unless it
// `adjoins` the one before: q, k, v and gate, up do, so that `weight_block` gives fused kernels one matrix.  The version
// counter tells packed copies to rebuild.
// Not here: optimizer moments (core/engine/optimizer), files (core/engine/checkpoint).
// Thread safety: const access from many threads; writes from one.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rlreason::engine {

struct ParameterSpec {
  std::string name;            // Hugging Face name, e.g. model.layers.0.self_attn.q_proj.weight
  std::vector<int64_t> shape;  // [out, in] or [n]
  bool adjoins = false;        // starts right after the parameter before it
};

class Arena {
 public:
  Arena(std::vector<ParameterSpec> specs, at::ScalarType dtype = at::kFloat);

  const std::vector<ParameterSpec>& specs() const { return specs_; }
  bool contains(std::string_view name) const;
  at::Tensor weight(std::string_view name) const;    // view, shape of the spec
  at::Tensor gradient(std::string_view name) const;  // view, shape of the spec
  // One matrix [sum of rows, in] (or vector) over parameters first..last.  REQUIRES: each but the first adjoins, equal widths.
  at::Tensor weight_block(std::string_view first, std::string_view last) const;
  at::Tensor gradient_block(std::string_view first, std::string_view last) const;

  at::Tensor weights() const { return weights_; }      // [N] flat, padding included (always 0)
  at::Tensor gradients() const { return gradients_; }  // [N] flat
  int64_t parameter_count() const;                     // padding excluded
  at::ScalarType dtype() const;

  void zero_gradients();
  uint64_t version() const { return version_; }
  void bump_version() { ++version_; }  // after every change of the weights

 private:
  size_t index_of(std::string_view name) const;
  at::Tensor view(const at::Tensor& buffer, std::string_view name) const;
  at::Tensor block(const at::Tensor& buffer, std::string_view first, std::string_view last) const;

  std::vector<ParameterSpec> specs_;
  std::vector<int64_t> offsets_;  // in elements
  std::unordered_map<std::string, size_t> index_;
  at::Tensor weights_, gradients_;
  uint64_t version_ = 1;
};

}  // namespace rlreason::engine
