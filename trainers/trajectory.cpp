#include "trainers/trajectory.h"

#include <algorithm>

namespace rlreason::train {

int32_t response_length(std::span<const int32_t> ids, int32_t eos_id) {
  const auto end = std::find(ids.begin(), ids.end(), eos_id);
  return static_cast<int32_t>(end - ids.begin()) + (end == ids.end() ? 0 : 1);
}

}  // namespace rlreason::train
