#include "core/runlog/frame.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"

namespace rlreason::runlog {
namespace {

using nlohmann::json;

template <class T>
void put(std::string& bytes, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
}

template <class T>
T get(std::string_view bytes, size_t offset) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(
        value | static_cast<T>(T{static_cast<unsigned char>(bytes[offset + i])} << (8 * i)));
  return value;
}

// The checksum leaves its own four bytes out.
uint32_t checksum(std::string_view frame) {
  return crc32c(frame.substr(8), crc32c(frame.substr(0, 4)));
}

// The parser copes with any depth, but whoever prints or destroys the value recurses.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

bool plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void append_text(std::string& out, const std::string& text) {
  if (plain(text))
    out.append(1, '"').append(text).append(1, '"');
  else
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// The shortest digits that give the same double back; a fraction or an exponent keeps it from being an integer.
void append_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const std::string_view text(digits.data(), static_cast<size_t>(end - digits.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// As dump() without spaces, quicker: numbers are most of what a run writes.
void append_json(std::string& out, const json& value) {
  char before = value.is_object() ? '{' : '[';
  if (value.is_number_float()) {
    append_real(out, value.get_ref<const double&>());
  } else if (value.is_string()) {
    append_text(out, value.get_ref<const std::string&>());
  } else if (value.is_object() && !value.empty()) {
    for (const auto& [key, child] : value.get_ref<const json::object_t&>()) {
      out += std::exchange(before, ',');
      append_text(out, key);
      out += ':';
      append_json(out, child);
    }
    out += '}';
  } else if (value.is_array() && !value.empty()) {
    for (const auto& child : value) {
      out += std::exchange(before, ',');
      append_json(out, child);
    }
    out += ']';
  } else {
    out += value.dump();
  }
}

}  // namespace

std::string to_string(Kind kind) {
  constexpr std::array kNames = {"hello",    "step",      "eval",  "rollout", "checkpoint",
                                 "artifact", "heartbeat", "event", "bye"};
  const auto number = static_cast<uint16_t>(kind);
  if (number >= 1 && number <= kNames.size()) return kNames[number - size_t{1}];
  return fmt::format("kind_{}", number);
}

std::string encode_frame(Kind kind, uint64_t seq, std::string_view payload) {
  if (payload.size() > kMaxPayloadBytes)
    throw DataError(
        "run log record {} ({}): required at most {} bytes, found {}; write fewer texts per record",
        seq, to_string(kind), kMaxPayloadBytes, payload.size());
  std::string frame;
  frame.reserve(kHeaderBytes + payload.size());
  put(frame, static_cast<uint32_t>(payload.size()));
  put(frame, uint32_t{0});
  put(frame, static_cast<uint16_t>(kind));
  put(frame, seq);
  frame += payload;
  std::string crc;
  put(crc, checksum(frame));
  frame.replace(4, 4, crc);
  return frame;
}

FrameState decode_frame(std::string_view bytes, Frame& frame) {
  if (bytes.size() < kHeaderBytes) return FrameState::incomplete;
  const size_t length = get<uint32_t>(bytes, 0);
  if (length > kMaxPayloadBytes) return FrameState::corrupt;
  if (bytes.size() < kHeaderBytes + length) return FrameState::incomplete;
  const std::string_view whole = bytes.substr(0, kHeaderBytes + length);
  if (get<uint32_t>(bytes, 4) != checksum(whole)) return FrameState::corrupt;
  frame = {.kind = static_cast<Kind>(get<uint16_t>(bytes, 8)),
           .seq = get<uint64_t>(bytes, 10),
           .payload = whole.substr(kHeaderBytes),
           .bytes = whole.size()};
  return FrameState::complete;
}

json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double to_double(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  throw DataError(
      "run log: required a number, \"nan\", \"inf\" or \"-inf\", found a {}; the record is "
      "malformed",
      value.type_name());
}

std::string payload_text(const json& payload) {
  std::string text;
  append_json(text, payload);
  return text;
}

json parse_payload(std::string_view text) {
  if (const int depth = depth_of(text); depth > kMaxJsonDepth)
    throw DataError(
        "run log: required JSON nested at most {} deep, found {}; the record is malformed",
        kMaxJsonDepth, depth);
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded())
    throw DataError("run log: required JSON, found something else; the record is malformed");
  return value;
}

}  // namespace rlreason::runlog
