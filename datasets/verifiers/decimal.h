// Decimal numbers in text, exactly: "$1,234.50" is "1234.5".  Strings only, no floating point.
//
// A number: sign (also U+2212) and "$" in either order, digits with thousands commas in groups of three or a plain run,
// a fraction.  "%" and a full stop after it do not belong to it.  Fractions (1/2), powers and exponents are no plain numbers.
// Thread safety: pure functions, linear in the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rlreason::data {

struct Decimal {
  std::string canonical;  // "-12.5", "0": no sign on zero, no leading or trailing zeros
  size_t begin = 0, end = 0;
  bool plain = true;  // false: part of a fraction, power, exponent or an ill-grouped number
};

// The next number at or after `from`; the last number of a text; a text that is one number and nothing else.
std::optional<Decimal> next_decimal(std::string_view text, size_t from);
std::optional<Decimal> last_decimal(std::string_view text);
std::optional<std::string> only_decimal(std::string_view text);

}  // namespace rlreason::data
