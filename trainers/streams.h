// Named vectors over the targets of one micro-batch: what losses are written on.
//
// Legend: R targets.  Names: logprob (carries the gradient), entropy (likewise), old_logprob, behavior_logprob, advantage,
// <anchor>_logprob, sequence (int64, index in the mini-batch).
// A stream that no component needs is not materialised.  dtype float, or double in exact tests.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace rlreason::train {

class Streams {
 public:
  void put(const std::string& name, at::Tensor values) { values_[name] = std::move(values); }
  bool contains(const std::string& name) const { return values_.contains(name); }
  const at::Tensor& at(const std::string& name) const {
    const auto it = values_.find(name);
    RLR_ENSURE(it != values_.end(), "stream {} was not materialised", name);
    return it->second;
  }
  // The same streams at some targets; `index` [r] int64.
  Streams at_targets(const at::Tensor& index) const;
  // The targets of all parts, in order.  REQUIRES: the same names in each; no part gives no stream.
  static Streams concatenated(const std::vector<Streams>& parts);

 private:
  std::map<std::string, at::Tensor> values_;
};

// A vector of any device and dtype as doubles on the host.
std::vector<double> to_host(const at::Tensor& values);

}  // namespace rlreason::train
