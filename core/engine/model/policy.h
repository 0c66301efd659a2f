// A model with its weights: configuration, arena, decoder and head behind one handle.
//
// Legend: T packed tokens, R targets, D hidden width, V vocabulary.
// forward -> hidden [T, D] -> head statistics [R]; backward takes one gradient vector [R] per statistic and accumulates into
// the arena's gradients.  No autograd graph: the layers' forward and backward are written by hand and held against a
// LibTorch autograd twin in the tests.  dtype is float (the product) or double (the tests' exact checks).
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>

#include "core/engine/arena/arena.h"
#include "core/engine/layout.h"
#include "core/engine/model/model_config.h"

namespace rlreason::engine {

// What the head can say about a target; the set grows with the methods that need more.
struct HeadStatistics {
  at::Tensor logprob;  // [R] log softmax(logits / temperature)[token], nats
  at::Tensor entropy;  // [R] nats; undefined tensor when not wanted
  // Detached: backward takes no gradient for them (core/engine/kernels/head.h); undefined when not wanted.
  at::Tensor vocab_mean_logprob;  // [R] mean over the vocabulary, nats
  at::Tensor min_p_logprob;       // [R] after dropping tokens below min_p of the largest probability; -inf for a dropped one
};

struct HeadWants {
  bool entropy = false;
  double temperature = 1.0;
  bool vocab_mean_logprob = false;
  double min_p = 0;  // in (0, 1]; 0: not wanted
};

struct ForwardState;  // activations kept for backward; opaque

class Policy {
 public:
  Policy(const ModelConfig& config, at::ScalarType dtype = at::kFloat);
  ~Policy();
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;

  const ModelConfig& config() const;
  Arena& arena();
  const Arena& arena() const;

  // Normal(0, 0.02) embeddings, Normal(0, 1/sqrt(in)) matrices with the residual outputs scaled by 1/sqrt(2 layers), ones
  // for norms, zeros for biases: drawn by key (seed, Purpose::init, parameter name, element), so order does not matter.
  void initialise(uint64_t seed);

  // Scores without keeping activations.
  HeadStatistics score(const Layout& layout, const Targets& targets, const HeadWants& wants) const;

  // Scores and keeps what backward needs.  One state at a time per call; freed with the pointer.
  struct Pass {
    HeadStatistics statistics;  // plain tensors, no graph
    std::unique_ptr<ForwardState> state;
    Pass();
    ~Pass();
    Pass(Pass&&) noexcept;
    Pass& operator=(Pass&&) noexcept;
  };
  Pass forward(const Layout& layout, const Targets& targets, const HeadWants& wants) const;
  // Accumulates d loss / d weights into arena().gradients().  An undefined gradient tensor counts as zero.
  void backward(Pass&& pass, const at::Tensor& logprob_grad, const at::Tensor& entropy_grad);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Checkpoint folder in the Hugging Face layout: config.json + model.safetensors (or shards with an index).
// load: every tensor present, right shape and dtype (f32, bf16, f16 are converted), finite; DataError names the tensor.
// save: f32, written through core/process/io, not synced or published here (the caller publishes the folder).
Policy load_policy(const std::filesystem::path& folder, at::ScalarType dtype = at::kFloat);
void save_policy(const Policy& policy, const std::filesystem::path& folder, int64_t eos_token_id,
                 int64_t pad_token_id);

}  // namespace rlreason::engine
