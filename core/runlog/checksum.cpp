#include "core/runlog/checksum.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "core/runlog/frame.h"

namespace rlreason::runlog {
namespace {

// Table k gives a byte's share of the checksum when k more bytes follow it: eight bytes a round.
using Tables = std::array<std::array<uint32_t, 256>, 8>;
constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
    tables[0][i] = value;
  }
  for (size_t k = 1; k < tables.size(); ++k)
    for (size_t i = 0; i < 256; ++i)
      tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xFF];
  return tables;
}
constexpr Tables kTables = make_tables();

#if defined(__x86_64__)
// The processor's own step of this very checksum, eight bytes at a time.
const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(std::string_view bytes,
                                                                 uint32_t crc) {
  uint64_t wide = crc;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + at, 8);
    wide = __builtin_ia32_crc32di(wide, eight);
  }
  crc = static_cast<uint32_t>(wide);
  for (; at < bytes.size(); ++at)
    crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(bytes[at]));
  return crc;
}
#endif

}  // namespace

uint32_t crc32c(std::string_view bytes, uint32_t previous) {
#if defined(__x86_64__)
  if (kHasInstruction) return ~crc32c_by_instruction(bytes, ~previous);
#endif
  return crc32c_by_tables(bytes, previous);
}

uint32_t crc32c_by_tables(std::string_view bytes, uint32_t previous) {
  uint32_t crc = ~previous;
  const auto byte = [&](size_t i) { return uint32_t{static_cast<unsigned char>(bytes[i])}; };
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    const uint32_t low =
        crc ^ (byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24);
    crc = kTables[7][low & 0xFF] ^ kTables[6][(low >> 8) & 0xFF] ^ kTables[5][(low >> 16) & 0xFF] ^
          kTables[4][low >> 24] ^ kTables[3][byte(at + 4)] ^ kTables[2][byte(at + 5)] ^
          kTables[1][byte(at + 6)] ^ kTables[0][byte(at + 7)];
  }
  for (; at < bytes.size(); ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ byte(at)) & 0xFF];
  return ~crc;
}

}  // namespace rlreason::runlog
