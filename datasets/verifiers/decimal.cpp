#include "datasets/verifiers/decimal.h"

#include <algorithm>

namespace rlreason::data {
namespace {

constexpr std::string_view kMinus = "\xE2\x88\x92";  // U+2212

bool digit(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}
char at_or_space(std::string_view text, size_t at) { return at < text.size() ? text[at] : ' '; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool operand_end(char c) {
  return letter(c) || (c >= '0' && c <= '9') || c == ')' || c == ']' || c == '}';
}

// True when exactly three digits follow the comma at `at`.
bool group(std::string_view text, size_t at) {
  return digit(text, at + 1) && digit(text, at + 2) && digit(text, at + 3) && !digit(text, at + 4);
}

std::string canonical(bool negative, std::string whole, std::string fraction) {
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  const size_t last = fraction.find_last_not_of('0');
  fraction.erase(last == std::string::npos ? 0 : last + 1);
  if (whole.empty()) whole.push_back('0');
  if (!fraction.empty()) whole.append(1, '.').append(fraction);
  if (negative && whole != "0") whole.insert(whole.begin(), '-');
  return whole;
}

// The sign and the "$" before the digits at `begin`: moves `begin` onto the first of them.
bool take_sign(std::string_view text, size_t from, size_t& begin) {
  bool dollar = false;
  const auto take_dollar = [&] {
    if (dollar || begin <= from || text[begin - 1] != '$') return;
    dollar = true;
    --begin;
  };
  take_dollar();
  size_t width = 0;
  bool negative = false;
  if (begin >= from + kMinus.size() &&
      text.substr(begin - kMinus.size(), kMinus.size()) == kMinus) {
    width = kMinus.size();
    negative = true;
  } else if (begin > from && (text[begin - 1] == '-' || text[begin - 1] == '+')) {
    width = 1;
    negative = text[begin - 1] == '-';
  }
  const bool is_sign = width > 0 && !(begin > width && operand_end(text[begin - width - 1]));
  if (is_sign) begin -= width;
  if (is_sign) take_dollar();
  return is_sign && negative;
}

// REQUIRES: a digit at `start`, or a point followed by a digit.
Decimal read_decimal(std::string_view text, size_t from, size_t start) {
  Decimal number{.canonical = {}, .begin = start, .end = start};
  std::string whole, fraction;
  size_t& at = number.end;
  bool grouped = false;
  while (digit(text, at) || (at_or_space(text, at) == ',' && group(text, at) && !whole.empty() &&
                             (grouped || whole.size() <= 3))) {
    if (text[at] == ',') {
      grouped = true;
      whole += text.substr(at + 1, 3);
      at += 4;
    } else {
      whole += text[at++];
    }
  }
  if (at_or_space(text, at) == '.' && digit(text, at + 1)) {
    ++at;
    while (digit(text, at)) fraction += text[at++];
  }
  const bool negative = take_sign(text, from, number.begin);
  number.canonical = canonical(negative, std::move(whole), std::move(fraction));
  const char before = number.begin > 0 ? text[number.begin - 1] : ' ',
             after = at_or_space(text, at);
  const bool exponent = (after == 'e' || after == 'E') &&
                        (digit(text, at + 1) ||
                         ((at_or_space(text, at + 1) == '-' || at_or_space(text, at + 1) == '+') &&
                          digit(text, at + 2)));
  const bool more_digits = (after == ',' || after == '.') && digit(text, at + 1);
  const bool fewer_digits =
      (before == ',' || before == '.') && number.begin > 1 && digit(text, number.begin - 2);
  number.plain = !(before == '/' || before == '^' || after == '/' || after == '^' || exponent ||
                   more_digits || fewer_digits);
  return number;
}

}  // namespace

std::optional<Decimal> next_decimal(std::string_view text, size_t from) {
  for (size_t i = from; i < text.size(); ++i)
    if (digit(text, i) || (text[i] == '.' && digit(text, i + 1)))
      return read_decimal(text, from, i);
  return std::nullopt;
}

std::optional<Decimal> last_decimal(std::string_view text) {
  std::optional<Decimal> last;
  for (size_t from = 0;;) {
    std::optional<Decimal> found = next_decimal(text, from);
    if (!found) return last;
    from = found->end;
    last = std::move(found);
  }
}

std::optional<std::string> only_decimal(std::string_view text) {
  const std::optional<Decimal> number = next_decimal(text, 0);
  if (!number || !number->plain || number->begin != 0) return std::nullopt;
  std::string_view rest = text.substr(number->end);
  if (rest.starts_with('%')) rest.remove_prefix(1);
  if (rest.starts_with('.')) rest.remove_prefix(1);
  if (!rest.empty()) return std::nullopt;
  return number->canonical;
}

}  // namespace rlreason::data
