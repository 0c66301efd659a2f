// One record of a run log as bytes: u32 length, u32 crc32c, u16 kind, u64 seq, payload; all
// little-endian.
//
// `length` counts the payload; the checksum (Castagnoli, RFC 3720 appendix B.4) covers length,
// kind, seq and payload. The payload is JSON in UTF-8 without raw control characters, so no text
// inside it can look like a frame header. Not a file format by itself: fragments are written by
// writer.h and read by reader.h. Errors: DataError for a payload over the limit or a value that is
// no number.  Decoding never throws and never allocates. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace rlreason::runlog {

enum class Kind : uint16_t {
  hello = 1,
  step,
  eval,
  rollout,
  checkpoint,
  artifact,
  heartbeat,
  event,
  bye
};
std::string to_string(Kind kind);  // "step"; a kind of a later version is "kind_77"

struct Record {
  std::string attempt;
  uint64_t seq = 0;  // 1, 2, 3, ... within the attempt
  Kind kind = Kind::event;
  nlohmann::json payload;
  std::string text = {};  // the payload unparsed, of steps when the reader was asked for it
};

inline constexpr size_t kHeaderBytes = 18;
inline constexpr size_t kMaxPayloadBytes = size_t{64} << 20;
inline constexpr int kMaxJsonDepth = 64;

uint32_t crc32c(std::string_view bytes, uint32_t previous = 0);

std::string encode_frame(Kind kind, uint64_t seq, std::string_view payload);

struct Frame {
  Kind kind = Kind::event;
  uint64_t seq = 0;
  std::string_view payload;  // into the decoded bytes
  size_t bytes = 0;          // header and payload
};
enum class FrameState {
  complete,
  incomplete,
  corrupt
};  // incomplete: more bytes are needed to tell
FrameState decode_frame(std::string_view bytes, Frame& frame);

// JSON has no NaN or infinity: they travel as "nan", "inf", "-inf".
nlohmann::json number(double value);
double to_double(const nlohmann::json& value);

// The text of a payload: invalid UTF-8 becomes U+FFFD.  Its inverse: DataError when malformed or
// nested too deeply.
std::string payload_text(const nlohmann::json& payload);
nlohmann::json parse_payload(std::string_view text);

}  // namespace rlreason::runlog
