// Strict UTF-8: every code point round-trips, and what is not UTF-8 is found.
#include "core/utf8.h"

#include <gtest/gtest.h>

namespace rlreason::utf8 {
namespace {

TEST(Utf8, RoundTripsEveryScalarValue) {
  for (char32_t c = 0; c <= 0x10FFFF; c = c == 0xD7FF ? 0xE000 : c + 1) {
    std::string text;
    append(text, c);
    const Decoded decoded = decode(text, 0);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.bytes, text.size());
    ASSERT_EQ(text.size(), c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u);
  }
}

TEST(Utf8, RefusesOverlongSurrogateTruncatedAndStrayBytes) {
  for (const std::string_view bad :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98",
        "\xC3\x28", "\xE2\x28\xA1"})
    EXPECT_EQ(decode(bad, 0).bytes, 0u);
}

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(first_invalid("h\xC3\xA9llo \xE2\x82\xAC"), std::string_view::npos);
  EXPECT_EQ(first_invalid("h\xC3\xA9\xFFx"), 3u);
  EXPECT_EQ(first_invalid(""), std::string_view::npos);
}

}  // namespace
}  // namespace rlreason::utf8
