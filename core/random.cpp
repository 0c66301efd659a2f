#include "core/random.h"

#include <cmath>
#include <numbers>

#include "core/random_bulk.h"

namespace rlreason {
namespace {

constexpr uint32_t kMultiply0 = 0xD2511F53, kMultiply1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

uint64_t finalise(uint64_t x) {  // the finaliser of splitmix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{kMultiply0} * counter[0];
    const uint64_t product1 = uint64_t{kMultiply1} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::array<uint32_t, 2> philox_key(const RandomKey& k) {
  // The five fields do not fit 192 bits as they are: seed, purpose and iteration are mixed into the key, the rest counts.
  const uint64_t key = finalise(finalise(k.seed + 0x9E3779B97F4A7C15ULL * static_cast<uint64_t>(k.purpose)) ^
                                (k.iteration * 0xD1B54A32D192ED03ULL));
  return {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
}

uint64_t random_bits(const RandomKey& k) {
  const auto block = philox({static_cast<uint32_t>(k.prompt), static_cast<uint32_t>(k.prompt >> 32), k.sample, k.position},
                            philox_key(k));
  return (uint64_t{block[1]} << 32) | block[0];
}

double random_uniform(const RandomKey& key) { return static_cast<double>(random_bits(key) >> 11) * 0x1.0p-53; }

uint64_t hash_id(std::string_view id) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return finalise(hash);
}

uint64_t Sequence::bits() {
  const uint64_t value = random_bits(key_);
  if (++key_.position == 0) ++key_.sample;
  return value;
}

double Sequence::uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

int64_t Sequence::between(int64_t lo, int64_t hi) {
  const uint64_t width = static_cast<uint64_t>(hi - lo) + 1;
  if (width == 0) return static_cast<int64_t>(bits());
  const uint64_t limit = UINT64_MAX - UINT64_MAX % width;
  for (;;)
    if (const uint64_t value = bits(); value < limit) return lo + static_cast<int64_t>(value % width);
}

double Sequence::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace rlreason
