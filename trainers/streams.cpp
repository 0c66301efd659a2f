#include "trainers/streams.h"

namespace rlreason::train {

Streams Streams::at_targets(const at::Tensor& index) const {
  Streams selected;
  for (const auto& [name, values] : values_) selected.put(name, values.index_select(0, index));
  return selected;
}

}  // namespace rlreason::train
