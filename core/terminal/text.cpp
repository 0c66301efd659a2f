#include "core/terminal/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/utf8.h"

namespace rlreason::terminal {
namespace {

struct Interval {
  char32_t first, last;
};

template <size_t N>
bool contains(const std::array<Interval, N>& sorted, char32_t c) {
  const auto after = std::upper_bound(sorted.begin(), sorted.end(), c,
                                      [](char32_t x, const Interval& i) { return x < i.first; });
  return after != sorted.begin() && c <= std::prev(after)->last;
}

// Combining marks, zero-width characters and variation selectors of the scripts that tables meet.
constexpr std::array<Interval, 17> kZeroWidth{{{0x0300, 0x036F},
                                               {0x0483, 0x0489},
                                               {0x0591, 0x05BD},
                                               {0x0610, 0x061A},
                                               {0x064B, 0x065F},
                                               {0x0900, 0x0902},
                                               {0x0E34, 0x0E3A},
                                               {0x0E47, 0x0E4E},
                                               {0x1AB0, 0x1AFF},
                                               {0x1DC0, 0x1DFF},
                                               {0x200B, 0x200F},
                                               {0x202A, 0x202E},
                                               {0x2060, 0x2064},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F},
                                               {0xFE20, 0xFE2F},
                                               {0xE0100, 0xE01EF}}};

// East Asian wide and full-width blocks, and the emoji that terminals draw in two columns.
constexpr std::array<Interval, 21> kWide{
    {{0x1100, 0x115F},  {0x231A, 0x231B}, {0x23E9, 0x23EC}, {0x25FD, 0x25FE}, {0x2614, 0x2615},
     {0x2648, 0x2653},  {0x26AA, 0x26AB}, {0x2705, 0x2705}, {0x2728, 0x2728}, {0x274C, 0x274C},
     {0x2753, 0x2755},  {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3},
     {0xF900, 0xFAFF},  {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF},
     {0x20000, 0x3FFFD}}};

// Characters that move the cursor, reverse the reading order or cannot be seen.
bool is_treacherous(char32_t c) {
  constexpr std::array<Interval, 12> kHidden{{{0x00, 0x1F},
                                              {0x7F, 0x9F},
                                              {0xAD, 0xAD},
                                              {0x061C, 0x061C},
                                              {0x180E, 0x180E},
                                              {0x200B, 0x200F},
                                              {0x2028, 0x202E},
                                              {0x2060, 0x206F},
                                              {0xFEFF, 0xFEFF},
                                              {0xFFF9, 0xFFFB},
                                              {0xE0000, 0xE007F},
                                              {0xE0100, 0xE01EF}}};
  return contains(kHidden, c);
}

size_t width_of(char32_t c) {
  if (c < 0x300) return 1;
  if (contains(kZeroWidth, c)) return 0;
  return contains(kWide, c) ? 2 : 1;
}

std::string escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  return c < 0x80 ? fmt::format("\\x{:02x}", static_cast<uint32_t>(c))
                  : fmt::format("\\u{{{:x}}}", static_cast<uint32_t>(c));
}

std::string scaled(double value, int digits_after) {
  return fmt::format("{:.{}f}", value, digits_after);
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const auto next = utf8::decode(text, i);
    width += next.bytes == 0 ? 1 : width_of(next.code_point);
    i += std::max<size_t>(next.bytes, 1);
  }
  return width;
}

std::string shorten(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t used = 0, i = 0;
  while (i < text.size()) {
    const auto next = utf8::decode(text, i);
    const size_t columns = next.bytes == 0 ? 1 : width_of(next.code_point);
    if (used + columns > width - 1) break;
    used += columns;
    i += std::max<size_t>(next.bytes, 1);
  }
  return std::string(text.substr(0, i)) + "\u2026";
}

std::string pad_right(std::string_view text, size_t width) {
  const size_t used = display_width(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::string pad_left(std::string_view text, size_t width) {
  const size_t used = display_width(text);
  return std::string(width > used ? width - used : 0, ' ') + std::string(text);
}

std::string clean(std::string_view untrusted, Lines lines) {
  std::string result;
  result.reserve(untrusted.size());
  for (size_t i = 0; i < untrusted.size();) {
    const auto next = utf8::decode(untrusted, i);
    if (next.bytes == 0) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(untrusted[i++]));
      continue;
    }
    const bool kept_line =
        lines == Lines::keep && (next.code_point == '\n' || next.code_point == '\t');
    if (kept_line || !is_treacherous(next.code_point))
      result += untrusted.substr(i, next.bytes);
    else
      result += escaped(next.code_point);
    i += next.bytes;
  }
  return result;
}

std::string format_duration(double seconds) {
  if (std::isnan(seconds)) return "?";
  if (seconds < 0) return "-" + format_duration(-seconds);
  if (seconds < 0.9995) return fmt::format("{:.0f}ms", seconds * 1000);
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f}s", seconds);
  if (seconds >= 8.64e9) return "over 100000d";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}m{:02d}s", whole / 60, whole % 60);
  const int64_t minutes = (whole + 30) / 60;
  if (minutes < 24 * 60) return fmt::format("{}h{:02d}m", minutes / 60, minutes % 60);
  const int64_t hours = (whole + 1800) / 3600;
  return fmt::format("{}d{:02d}h", hours / 24, hours % 24);
}

std::string format_bytes(uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", scaled(value, 1), kUnits[unit]);
}

std::string format_count(double count) {
  constexpr std::array<std::string_view, 4> kUnits{"k", "M", "G", "T"};
  if (!std::isfinite(count)) return format_number(count);
  if (count < 0) return "-" + format_count(-count);
  if (count < 999.5) return count == std::floor(count) ? scaled(count, 0) : format_number(count, 3);
  size_t unit = 0;
  for (count /= 1000; count >= 999.5 && unit + 1 < kUnits.size(); ++unit) count /= 1000;
  return fmt::format("{}{}",
                     scaled(count, count < 9.995   ? 2
                                   : count < 99.95 ? 1
                                                   : 0),
                     kUnits[unit]);
}

std::string format_rate(double per_second, std::string_view unit) {
  return fmt::format("{}{}{}/s", format_count(per_second), unit.empty() ? "" : " ", unit);
}

std::string format_number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value == 0 ? "0" : fmt::format("{:.{}g}", value, digits);
}

}  // namespace rlreason::terminal
