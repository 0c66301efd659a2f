// Text for a terminal: display width, untrusted bytes made harmless, and numbers in the units people read.
//
// Width: an East Asian wide or emoji code point is two columns, a combining mark or zero-width character none, the rest one.
// It is a compact table, not all of Unicode: good for aligning columns, not for editing text.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rlreason::terminal {

size_t display_width(std::string_view text);
// At most `width` columns, with an ellipsis where something was cut.
std::string shorten(std::string_view text, size_t width);
std::string pad_right(std::string_view text, size_t width);
std::string pad_left(std::string_view text, size_t width);

// Model output, file names and other people's text: control characters, escapes, bidirectional controls, invisible
// characters and bytes that are not UTF-8 become visible as \x1b or \u{202e}.  A backslash stays.
enum class Lines { keep, escape };  // newline and tab: kept, or shown as \n and \t
std::string clean(std::string_view untrusted, Lines lines = Lines::escape);

std::string format_duration(double seconds);       // "450ms", "2.5s", "12s", "3m05s", "2h07m", "3d04h"
std::string format_bytes(uint64_t bytes);          // "512 B", "1.5 KiB", "2.0 GiB"
std::string format_count(double count);            // "950", "12.3k", "4.57M", "1.20G"
std::string format_rate(double per_second, std::string_view unit = "");  // "8.80k tok/s" for unit "tok"
std::string format_number(double value, int digits = 4);  // significant digits, no trailing zeros; "nan", "inf"

}  // namespace rlreason::terminal
