// CRC-32C (RFC 3720, B.4) of a frame: crc32c of frame.h, by the processor's instruction where it has one, else by tables.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace rlreason::runlog {

// The readable twin: the same without the instruction.
uint32_t crc32c_by_tables(std::string_view bytes, uint32_t previous = 0);

}  // namespace rlreason::runlog
