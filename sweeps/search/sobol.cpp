#include "sweeps/search/sobol.h"

#include <array>

#include "core/error.h"
#include "core/random.h"

namespace rlreason::sweep {
namespace {

constexpr int kBits = 32;

struct Direction {
  int degree;
  uint32_t polynomial;              // inner coefficients
  std::array<uint32_t, 6> initial;  // m_1 .. m_degree
};
// Dimensions 2 to 16; dimension 1 is the van der Corput sequence.
constexpr std::array<Direction, kSobolDimensions - 1> kDirections = {
    {{1, 0, {1}},
     {2, 1, {1, 3}},
     {3, 1, {1, 3, 1}},
     {3, 2, {1, 1, 1}},
     {4, 1, {1, 1, 3, 3}},
     {4, 4, {1, 3, 5, 13}},
     {5, 2, {1, 1, 5, 5, 17}},
     {5, 4, {1, 1, 5, 5, 5}},
     {5, 7, {1, 1, 7, 11, 19}},
     {5, 11, {1, 1, 5, 1, 1}},
     {5, 13, {1, 1, 1, 3, 11}},
     {5, 14, {1, 3, 5, 5, 31}},
     {6, 1, {1, 3, 3, 9, 7, 49}},
     {6, 13, {1, 1, 1, 15, 21, 21}},
     {6, 16, {1, 3, 1, 13, 27, 49}}}};

using Vectors = std::array<uint32_t, kBits>;

Vectors vectors_of(size_t dimension) {
  Vectors v{};
  if (dimension == 0) {
    for (int i = 0; i < kBits; ++i) v[static_cast<size_t>(i)] = 1u << (kBits - 1 - i);
    return v;
  }
  const Direction& d = kDirections[dimension - 1];
  for (int i = 0; i < kBits; ++i) {
    const auto at = static_cast<size_t>(i);
    if (i < d.degree) {
      v[at] = d.initial[at] << (kBits - 1 - i);
      continue;
    }
    v[at] =
        v[at - static_cast<size_t>(d.degree)] ^ (v[at - static_cast<size_t>(d.degree)] >> d.degree);
    for (int k = 1; k < d.degree; ++k)
      if ((d.polynomial >> (d.degree - 1 - k)) & 1u) v[at] ^= v[at - static_cast<size_t>(k)];
  }
  return v;
}

// Every bit is flipped by a coin that depends on the bits above it.
uint32_t scramble(uint32_t x, uint64_t seed, size_t dimension) {
  uint32_t result = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    RandomKey key{.seed = seed, .purpose = Purpose::order, .iteration = dimension};
    key.prompt = bit == 0 ? 0 : x >> (kBits - bit);
    key.sample = static_cast<uint32_t>(bit);
    const uint32_t coin = static_cast<uint32_t>(random_bits(key) & 1u);
    result |= (((x >> (kBits - 1 - bit)) & 1u) ^ coin) << (kBits - 1 - bit);
  }
  return result;
}

}  // namespace

std::vector<double> sobol_point(uint64_t seed, uint64_t index, size_t dimensions) {
  static const auto kVectors = [] {
    std::array<Vectors, kSobolDimensions> all{};
    for (size_t d = 0; d < kSobolDimensions; ++d) all[d] = vectors_of(d);
    return all;
  }();
  if (dimensions > kSobolDimensions)
    throw UserError("sobol: required at most {} settings drawn together, {} came; use random",
                    kSobolDimensions, dimensions);
  std::vector<double> point;
  for (size_t d = 0; d < dimensions; ++d) {
    uint32_t x = 0;
    for (uint64_t rest = index, bit = 0; rest != 0 && bit < kBits; rest >>= 1, ++bit)
      if (rest & 1u) x ^= kVectors[d][bit];
    point.push_back(static_cast<double>(scramble(x, seed, d)) / 4294967296.0);
  }
  return point;
}

}  // namespace rlreason::sweep
