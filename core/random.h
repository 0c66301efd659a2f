// Random numbers by key, not by order: Philox4x32-10 (Salmon et al., SC'11) as a pure function.
//
// A drawn token, an epoch order or a generated example depends only on its key, so batching, retries, resume and rank
// count cannot change which numbers are drawn.  Not for cryptography.
// Thread safety: pure functions; `Sequence` is a value, one per user.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace rlreason {

enum class Purpose : uint32_t { rollout = 1, evaluation = 2, order = 3, noise = 4, data = 5, init = 6 };

struct RandomKey {
  uint64_t seed = 0;
  Purpose purpose = Purpose::noise;
  uint64_t iteration = 0;  // 0 for evaluation
  uint64_t prompt = 0;     // hash_id(prompt id)
  uint32_t sample = 0;
  uint32_t position = 0;
};

// One Philox4x32-10 block: 128 bits of counter, 64 bits of key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// 64 random bits / one uniform in [0, 1) with 53 bits, for a key.
uint64_t random_bits(const RandomKey& key);
double random_uniform(const RandomKey& key);

// FNV-1a followed by a finaliser: the number of a textual id inside a key.
uint64_t hash_id(std::string_view id);

// A stream of numbers under one key: position 0, 1, 2, ...  REQUIRES: `key.position` is the first position.
class Sequence {
 public:
  explicit Sequence(RandomKey key) : key_(key) {}
  uint64_t bits();
  double uniform();                       // [0, 1)
  int64_t between(int64_t lo, int64_t hi);  // inclusive, unbiased (rejection)
  double normal();                        // Box-Muller, one value per call

  template <class T>
  void shuffle(std::vector<T>& values) {  // Fisher-Yates from the back
    for (size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[static_cast<size_t>(between(0, static_cast<int64_t>(i) - 1))]);
  }

 private:
  RandomKey key_;
};

}  // namespace rlreason
