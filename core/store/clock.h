// The store's clock: milliseconds since 1970, for the times of its own rows.
// Thread safety: a function without state.
#pragma once

#include <chrono>
#include <cstdint>

namespace rlreason::store {

inline int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace rlreason::store
