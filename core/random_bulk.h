// The numbers of random.h many at a time, for where millions are drawn: the same bits, several times as fast.
//
// Not another generator: BulkSequence(key) gives the numbers of Sequence(key), and BelowRange those of between(0, width - 1).
// Thread safety: pure functions; `BulkSequence` is a value, one per user, as large as its store of numbers.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/random.h"

namespace rlreason {

// The 64 bits of a Philox key that seed, purpose and iteration are mixed into.
std::array<uint32_t, 2> philox_key(const RandomKey& key);

// random_bits of the keys with position, position + 1, ...; REQUIRES: position + the size of `bits` <= 2^32.
void random_bits(const RandomKey& key, std::span<uint64_t> bits);

// The numbers below a width: what depends on the width alone is computed once.  REQUIRES: width > 0.
class BelowRange {
 public:
  explicit BelowRange(uint64_t width)
      : width_(width), limit_(UINT64_MAX - UINT64_MAX % width), inverse_(UINT64_MAX / width) {}
  uint64_t width() const { return width_; }
  // Unbiased: those of the last, incomplete stretch of the width are drawn again.
  bool takes(uint64_t bits) const { return bits < limit_; }
  // bits % width: the quotient by the inverse is the true one or one less.
  uint64_t reduced(uint64_t bits) const {
    const auto quotient = static_cast<uint64_t>((static_cast<Wide>(bits) * inverse_) >> 64);
    const uint64_t rest = bits - quotient * width_;
    return rest >= width_ ? rest - width_ : rest;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  uint64_t width_, limit_, inverse_;
};

class BulkSequence {
 public:
  explicit BulkSequence(RandomKey key) : key_(key) {}
  uint64_t bits() {
    if (next_ == ready_) refill();
    return numbers_[next_++];
  }
  uint64_t below(const BelowRange& range) {
    for (;;)
      if (const uint64_t value = bits(); range.takes(value)) return range.reduced(value);
  }

 private:
  void refill();
  static constexpr size_t kStored = 512;
  RandomKey key_;  // of the number after those that are ready
  std::array<uint64_t, kStored> numbers_{};
  size_t next_ = 0, ready_ = 0;
};

}  // namespace rlreason
