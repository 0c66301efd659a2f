#include "core/store/chunk_codec.h"

#include <zlib.h>

#include <bit>
#include <cstring>

#include "core/error.h"

namespace rlreason::store {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t kWidth = 8;                     // bytes of a number
constexpr size_t kMostPoints = size_t{1} << 24;  // far above what compaction writes
constexpr size_t kSample = 256;                  // values that decide about compression
constexpr double kWorthIt = 0.8;                 // compressed to original
enum Codec : int64_t { kRaw, kShuffledZlib, kEven };

// Byte b of number i goes to place b * count + i; its inverse.
std::string shuffle(std::string_view bytes) {
  const size_t count = bytes.size() / kWidth;
  std::string out(bytes.size(), '\0');
  for (size_t b = 0; b < kWidth; ++b)
    for (size_t i = 0; i < count; ++i) out[b * count + i] = bytes[i * kWidth + b];
  return out;
}

void unshuffle(std::string_view bytes, char* out) {
  const size_t count = bytes.size() / kWidth;
  for (size_t b = 0; b < kWidth; ++b)
    for (size_t i = 0; i < count; ++i) out[i * kWidth + b] = bytes[b * count + i];
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  const int code = compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                             reinterpret_cast<const Bytef*>(bytes.data()),
                             static_cast<uLong>(bytes.size()), Z_BEST_SPEED);
  RLR_ENSURE(code == Z_OK, "zlib: {}", code);
  out.resize(size);
  return out;
}

[[noreturn]] void damaged(const std::string& what) {
  throw StoreError("a stored curve: required {}; run rlreason store check", what);
}

std::string inflated(std::string_view bytes, size_t size) {
  std::string out(size, '\0');
  auto length = static_cast<uLongf>(size);
  const int code =
      uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                 reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  if (code != Z_OK || length != size)
    damaged(fmt::format("{} bytes, the compressed ones are damaged", size));
  return out;
}

std::string raw_bytes(std::span<const double> values) {
  std::string bytes(values.size() * kWidth, '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

bool even(std::span<const int64_t> iterations) {
  for (size_t i = 2; i < iterations.size(); ++i)
    if (static_cast<uint64_t>(iterations[i]) - static_cast<uint64_t>(iterations[i - 1]) !=
        static_cast<uint64_t>(iterations[1]) - static_cast<uint64_t>(iterations[0]))
      return false;
  return iterations.size() >= 2;
}

// The middle of the column as a guess: its ends often differ from the rest.
bool compresses(std::span<const double> values) {
  if (values.size() <= kSample) return true;
  const std::string sample = raw_bytes(values.subspan((values.size() - kSample) / 2, kSample));
  return static_cast<double>(deflated(shuffle(sample)).size()) <
         kWorthIt * static_cast<double>(sample.size());
}

EncodedColumn encode_even(std::span<const int64_t> iterations, std::span<const double> values) {
  const uint64_t first = static_cast<uint64_t>(iterations[0]),
                 difference = static_cast<uint64_t>(iterations[1]) - first;
  std::string bytes(2 * kWidth, '\0');
  std::memcpy(bytes.data(), &first, kWidth);
  std::memcpy(bytes.data() + kWidth, &difference, kWidth);
  return {kEven, bytes + raw_bytes(values)};
}

Column decode_even(size_t n, std::string_view bytes) {
  if (bytes.size() != (n + 2) * kWidth)
    damaged(fmt::format("{} bytes, found {}", (n + 2) * kWidth, bytes.size()));
  Column column{std::vector<int64_t>(n), std::vector<double>(n)};
  uint64_t at = 0, difference = 0;
  std::memcpy(&at, bytes.data(), kWidth);
  std::memcpy(&difference, bytes.data() + kWidth, kWidth);
  for (size_t i = 0; i < n; ++i, at += difference) column.iterations[i] = static_cast<int64_t>(at);
  std::memcpy(column.values.data(), bytes.data() + 2 * kWidth, n * kWidth);
  return column;
}

}  // namespace

EncodedColumn encode_column(std::span<const int64_t> iterations, std::span<const double> values) {
  RLR_ENSURE(iterations.size() == values.size(), "{} {}", iterations.size(), values.size());
  const size_t n = values.size();
  if (even(iterations) && !compresses(values)) return encode_even(iterations, values);
  std::string differences(n * kWidth, '\0');
  uint64_t before = 0;  // unsigned: differences of any two iterations wrap and come back
  for (size_t i = 0; i < n; ++i) {
    const uint64_t difference = static_cast<uint64_t>(iterations[i]) - before;
    std::memcpy(differences.data() + i * kWidth, &difference, kWidth);
    before = static_cast<uint64_t>(iterations[i]);
  }
  const std::string raw_values = raw_bytes(values);
  const std::string packed = deflated(shuffle(differences) + shuffle(raw_values));
  if (packed.size() < 2 * n * kWidth) return {kShuffledZlib, packed};
  return {kRaw, differences + raw_values};
}

Column decode_column(int64_t codec, size_t n, std::string_view bytes) {
  if (n > kMostPoints) damaged(fmt::format("at most {} points, the row says {}", kMostPoints, n));
  if (codec == kEven && n > 0) return decode_even(n, bytes);
  const size_t half = n * kWidth;
  Column column{std::vector<int64_t>(n), std::vector<double>(n)};
  std::vector<uint64_t> differences(n);
  if (n == 0) return column;
  if (codec == kShuffledZlib) {
    const std::string all = inflated(bytes, 2 * half);
    unshuffle(std::string_view(all).substr(0, half), reinterpret_cast<char*>(differences.data()));
    unshuffle(std::string_view(all).substr(half), reinterpret_cast<char*>(column.values.data()));
  } else if (codec == kRaw) {
    if (bytes.size() != 2 * half)
      damaged(fmt::format("{} bytes, found {}", 2 * half, bytes.size()));
    std::memcpy(differences.data(), bytes.data(), half);
    std::memcpy(column.values.data(), bytes.data() + half, half);
  } else {
    damaged(fmt::format("codec 0, 1 or 2, found {}", codec));
  }
  uint64_t at = 0;
  for (size_t i = 0; i < n; ++i) column.iterations[i] = static_cast<int64_t>(at += differences[i]);
  return column;
}

}  // namespace rlreason::store
