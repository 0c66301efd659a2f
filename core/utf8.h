// UTF-8: strict decoding, code point by code point.  Not Unicode tables: widths are in core/terminal/width.h.
//
// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rlreason::utf8 {

struct Decoded {
  char32_t code_point = 0;
  size_t bytes = 0;  // 0: the bytes at the offset are not UTF-8 (or the text ends)
};

Decoded decode(std::string_view text, size_t offset);
void append(std::string& text, char32_t code_point);

// Offset of the first byte that is not UTF-8; npos when the text is well formed.
size_t first_invalid(std::string_view text);

}  // namespace rlreason::utf8
