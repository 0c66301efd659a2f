// A value head on a decoder of its own: what reward the policy may expect from each state.
//
// Legend: T packed tokens, R rows asked for, D hidden width.
//   V_r = w . hidden[row_r]        hidden [T, D] as of model/decoder.h, w [D] the parameter score.weight
// It starts with a policy's decoder and w = 0, so it expects nothing of any state.  forward, backward and arena as in
// model/policy.h; no autograd graph.
// Source: a linear head as in Hugging Face's *ForTokenClassification with one label, as verl's critics have it.
// Thread safety: const access from many threads; backward from one.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/engine/arena/arena.h"
#include "core/engine/layout.h"
#include "core/engine/model/policy.h"

namespace rlreason::engine {

class Critic {
 public:
  explicit Critic(const Policy& start);
  ~Critic();
  Critic(Critic&&) noexcept;
  Critic& operator=(Critic&&) noexcept;

  Arena& arena();
  const Arena& arena() const;

  // [R], one a row.  REQUIRES: rows in [0, T).
  at::Tensor score(const Layout& layout, const std::vector<int32_t>& rows) const;

  struct Activated;  // activations kept for backward; opaque
  struct Pass {
    at::Tensor value;  // [R]
    std::unique_ptr<Activated> state;
    Pass();
    ~Pass();
    Pass(Pass&&) noexcept;
    Pass& operator=(Pass&&) noexcept;
  };
  Pass forward(const Layout& layout, const std::vector<int32_t>& rows) const;
  // Accumulates d loss / d weights into arena().gradients(); value_grad [R].
  void backward(Pass&& pass, const at::Tensor& value_grad);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rlreason::engine
