// Whole numbers written in a base from 2 to 36, digits 0-9a-z.
// Thread safety: pure functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace rlreason::data {

inline char digit_of(int64_t value) { return static_cast<char>(value < 10 ? '0' + value : 'a' + (value - 10)); }

// REQUIRES: value >= 0, 2 <= base <= 36.
inline std::string in_base(int64_t value, int64_t base) {
  std::string out;
  do out += digit_of(value % base);
  while ((value /= base) > 0);
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace rlreason::data
