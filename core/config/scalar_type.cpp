#include "core/config/scalar_type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>

namespace rlreason::config::detail {
namespace {

template <size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_sign(char c) { return c == '+' || c == '-'; }

std::string_view without_sign(std::string_view text) {
  return !text.empty() && is_sign(text.front()) ? text.substr(1) : text;
}

bool only(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

constexpr std::string_view kDecimal = "0123456789";

size_t count_digits(std::string_view text) {
  return std::min(text.find_first_not_of(kDecimal), text.size());
}

bool is_integer(std::string_view text) {
  if (text.starts_with("0o")) return only(text.substr(2), "01234567");
  if (text.starts_with("0x")) return only(text.substr(2), "0123456789abcdefABCDEF");
  return only(without_sign(text), kDecimal);
}

// [-+]? ( . digits | digits ( . digits? )? ) ( [eE] [-+]? digits )?
bool is_real(std::string_view text) {
  text = without_sign(text);
  const size_t whole = count_digits(text);
  text.remove_prefix(whole);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const size_t fraction = count_digits(text);
    if (whole + fraction == 0) return false;
    text.remove_prefix(fraction);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  return (text.front() == 'e' || text.front() == 'E') &&
         only(without_sign(text.substr(1)), kDecimal);
}

bool is_infinite(std::string_view text) {
  return is_one_of(without_sign(text), std::array<std::string_view, 3>{".inf", ".Inf", ".INF"});
}

bool is_nan(std::string_view text) {
  return is_one_of(text, std::array<std::string_view, 3>{".nan", ".NaN", ".NAN"});
}

}  // namespace

ScalarType type_of(std::string_view text) {
  if (is_one_of(text, std::array<std::string_view, 5>{"", "~", "null", "Null", "NULL"}))
    return ScalarType::null;
  if (is_one_of(text,
                std::array<std::string_view, 6>{"true", "True", "TRUE", "false", "False", "FALSE"}))
    return ScalarType::boolean;
  if (is_integer(text)) return ScalarType::integer;
  if (is_real(text) || is_infinite(text) || is_nan(text)) return ScalarType::real;
  return ScalarType::text;
}

template <class T>
std::optional<T> integer_of(std::string_view text) {
  int base = 10;
  if (text.starts_with("0o") || text.starts_with("0x")) {
    base = text[1] == 'o' ? 8 : 16;
    text.remove_prefix(2);
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}
template std::optional<int64_t> integer_of(std::string_view text);
template std::optional<uint64_t> integer_of(std::string_view text);

double double_of(std::string_view text) {
  if (is_nan(text)) return std::numeric_limits<double>::quiet_NaN();
  if (is_infinite(text))
    return text.front() == '-' ? -std::numeric_limits<double>::infinity()
                               : std::numeric_limits<double>::infinity();
  if (const auto integer = is_integer(text) ? integer_of<uint64_t>(text) : std::nullopt)
    return static_cast<double>(*integer);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc())
    return value;
  return std::strtod(std::string(text).c_str(), nullptr);  // out of range: infinity or zero
}

}  // namespace rlreason::config::detail
