#include "core/config/describe.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace rlreason::config {
namespace {

constexpr size_t kWidestPath = 36;

std::string number_text(double value) {
  if (!std::isfinite(value)) return detail::number_json(value).dump();
  if (value == 0) return "0";  // -0 too
  std::array<char, 64> buffer{};
  const bool whole = value == std::floor(value) && std::abs(value) < 0x1p53;
  const auto result = whole ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                            static_cast<int64_t>(value))
                            : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string string_text(const std::string& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write(const nlohmann::json& value, std::string& out) {
  if (value.is_object()) {
    char separator = '{';
    for (const auto& [key, item] : value.items()) {  // nlohmann::json keeps keys sorted
      out += separator + string_text(key) + ':';
      write(item, out);
      separator = ',';
    }
    out += value.empty() ? "{}" : "}";
  } else if (value.is_array()) {
    char separator = '[';
    for (const auto& item : value) {
      out += separator;
      write(item, out);
      separator = ',';
    }
    out += value.empty() ? "[]" : "]";
  } else if (value.is_number_float()) {
    out += number_text(value.get<double>());
  } else if (value.is_string()) {
    out += string_text(value.get_ref<const std::string&>());
  } else {
    out += value.dump();
  }
}

std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

}  // namespace

std::string canonical(const nlohmann::json& value) {
  std::string text;
  write(value, text);
  return text;
}

std::string help(const std::vector<Row>& rows) {
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, std::min(row.path.size(), kWidestPath));
  std::string text;
  for (const Row& row : rows) {
    const std::string start =
        row.fallback == "required" ? "required" : fmt::format("default {}", row.fallback);
    text += fmt::format("  {:<{}}  {} [{}{}{}]\n", row.path, width, row.help, start,
                        row.rule.empty() ? "" : "; ", row.rule);
  }
  return text;
}

std::string markdown(const std::vector<Row>& rows) {
  std::string text = "| Setting | Default | Values | Meaning |\n|---|---|---|---|\n";
  for (const Row& row : rows) {
    const std::string fallback =
        row.fallback == "required" ? row.fallback : fmt::format("`{}`", cell(row.fallback));
    text += fmt::format("| `{}` | {} | {} | {} |\n", row.path, fallback, cell(row.rule),
                        cell(row.help));
  }
  return text;
}

namespace detail {

nlohmann::json number_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

std::string default_text(const nlohmann::json& value) {
  if (value.is_null()) return "none";
  if (value.is_string() && !value.get_ref<const std::string&>().empty())
    return value.get<std::string>();
  return canonical(value);
}

}  // namespace detail
}  // namespace rlreason::config
