#include "datasets/tasks/saturn.h"

#include <algorithm>
#include <tuple>

namespace rlreason::data {
namespace {

constexpr int kBits = 40;
constexpr int64_t kMillion = 1'000'000, kMany = int64_t{1} << 40;

// log2 of a whole number by squaring: one bit of the fraction a round.
int64_t log2_millionths(int64_t value) {
  int64_t whole = 0;
  while (value >> (whole + 1) > 0) ++whole;
  uint64_t mantissa = static_cast<uint64_t>(value)
                      << (31 - whole);  // in [1, 2), 31 bits of fraction
  uint64_t fraction = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    mantissa = (mantissa * mantissa) >> 31;
    fraction <<= 1;
    if (mantissa >> 32 == 0) continue;
    mantissa >>= 1;
    fraction |= 1;
  }
  return whole * kMillion +
         static_cast<int64_t>(((fraction >> 16) * static_cast<uint64_t>(kMillion)) >> (kBits - 16));
}

}  // namespace

int64_t difficulty_millionths(const SatSize& size) {
  return log2_millionths(size.variables) + 2 * log2_millionths(size.clauses) -
         size.literals * kMillion + size.variables * kMillion / size.literals;
}

int64_t clauses_available(const SatSize& size) {
  int64_t ways = 1;
  for (int64_t i = 0; i < size.literals; ++i) {
    ways = ways * (size.variables - i) / (i + 1);
    if (ways > kMany) return kMany;
  }
  return std::min(kMany, ways * ((int64_t{1} << size.literals) - 1));
}

std::vector<SatSize> ladder(std::vector<SatSize> sizes) {
  std::sort(sizes.begin(), sizes.end(), [](const SatSize& a, const SatSize& b) {
    return std::tuple(difficulty_millionths(a), a.clauses, a.variables, a.literals) <
           std::tuple(difficulty_millionths(b), b.clauses, b.variables, b.literals);
  });
  return sizes;
}

}  // namespace rlreason::data
