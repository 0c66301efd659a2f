#include "core/random_bulk.h"

#include <algorithm>

namespace rlreason {
namespace {

constexpr uint32_t kMultiply0 = 0xD2511F53,
                   kMultiply1 = 0xCD9E8D57;  // of Philox4x32, as in random.cpp
constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

// random_bits of kLanes neighbouring positions, lane by lane beside each other so that a compiler uses vectors.
constexpr size_t kLanes = 8;
void philox_lanes(const RandomKey& k, uint64_t* bits) {
  std::array<uint32_t, 2> key = philox_key(k);
  uint32_t a[kLanes], b[kLanes], c[kLanes], d[kLanes];
  for (size_t i = 0; i < kLanes; ++i) {
    a[i] = static_cast<uint32_t>(k.prompt);
    b[i] = static_cast<uint32_t>(k.prompt >> 32);
    c[i] = k.sample;
    d[i] = k.position + static_cast<uint32_t>(i);
  }
  for (int round = 0; round < 10; ++round) {
    for (size_t i = 0; i < kLanes; ++i) {
      const uint64_t product0 = uint64_t{kMultiply0} * a[i], product1 = uint64_t{kMultiply1} * c[i];
      a[i] = static_cast<uint32_t>(product1 >> 32) ^ b[i] ^ key[0];
      b[i] = static_cast<uint32_t>(product1);
      c[i] = static_cast<uint32_t>(product0 >> 32) ^ d[i] ^ key[1];
      d[i] = static_cast<uint32_t>(product0);
    }
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  for (size_t i = 0; i < kLanes; ++i) bits[i] = (uint64_t{b[i]} << 32) | a[i];
}

}  // namespace

void random_bits(const RandomKey& key, std::span<uint64_t> bits) {
  RandomKey next = key;
  size_t i = 0;
  for (; i + kLanes <= bits.size(); i += kLanes, next.position += kLanes)
    philox_lanes(next, &bits[i]);
  for (; i < bits.size(); ++i, ++next.position) bits[i] = random_bits(next);
}

void BulkSequence::refill() {
  const uint64_t left = (uint64_t{1} << 32) - key_.position;  // of this sample's positions
  ready_ = static_cast<size_t>(std::min<uint64_t>(kStored, left));
  random_bits(key_, {numbers_.data(), ready_});
  key_.position += static_cast<uint32_t>(ready_);
  if (key_.position == 0) ++key_.sample;
  next_ = 0;
}

}  // namespace rlreason
