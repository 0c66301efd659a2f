#include "trainers/streams.h"

#include <ATen/ops/cat.h>

namespace rlreason::train {

Streams Streams::at_targets(const at::Tensor& index) const {
  Streams selected;
  for (const auto& [name, values] : values_) selected.put(name, values.index_select(0, index));
  return selected;
}

Streams Streams::concatenated(const std::vector<Streams>& parts) {
  Streams whole;
  if (parts.empty()) return whole;
  for (const auto& [name, first] : parts.front().values_) {
    std::vector<at::Tensor> values;
    for (const Streams& part : parts) values.push_back(part.at(name));
    whole.put(name, at::cat(values));
  }
  return whole;
}

std::vector<double> to_host(const at::Tensor& values) {
  const at::Tensor host = values.detach().to(at::kDouble).contiguous();
  return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel()};
}

}  // namespace rlreason::train
