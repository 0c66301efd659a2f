#include "core/config/scalars.h"

#include <algorithm>
#include <cmath>

#include "core/config/scalar_type.h"
#include "core/registry.h"

namespace rlreason::config::detail {
namespace {

constexpr size_t kLongestQuote = 60;

std::string came(const Node& node) {
  if (node.is_null()) return "nothing";
  if (node.is_list()) return "a list";
  if (node.is_map()) return "a map";
  const std::string& text = node.text();
  const std::string quoted =
      text.size() <= kLongestQuote ? text : text.substr(0, kLongestQuote) + "...";
  return fmt::format("{}'{}'", node.quoted() ? "the string " : "", quoted);
}

[[noreturn]] void refuse(const Node& node, const std::string& path, const std::string& required) {
  throw UserError("{}: {}{}required {}, {} came", node.origin().text(), path,
                  path.empty() ? "" : ": ", required, came(node));
}

std::string with_rule(std::string_view what, const Range& rule) {
  const std::string bounds = rule_text(rule);
  return bounds.empty() ? std::string(what) : fmt::format("{} {}", what, bounds);
}

// An unbounded side admits infinity, where non-finite values are allowed at all.
bool allowed(double value, const Range& rule) {
  if (!std::isfinite(value) && !rule.non_finite) return false;
  if (std::isnan(value)) return true;
  const bool low = rule.lo_open && std::isfinite(rule.lo) ? value > rule.lo : value >= rule.lo;
  const bool high = rule.hi_open && std::isfinite(rule.hi) ? value < rule.hi : value <= rule.hi;
  return low && high;
}

// Plain integers; also 1e6, a whole number written with an exponent.
template <class T>
std::optional<T> whole_number(const Node& node) {
  if (!node.is_scalar() || node.quoted()) return std::nullopt;
  const std::string& text = node.text();
  if (type_of(text) == ScalarType::integer) return integer_of<T>(text);
  if (type_of(text) != ScalarType::real || text.find_first_of("eE") == std::string::npos)
    return std::nullopt;
  const double value = double_of(text);
  const double lowest = std::is_signed_v<T> ? -0x1p53 : 0.0;
  if (!(value >= lowest && value <= 0x1p53) || value != std::floor(value)) return std::nullopt;
  return static_cast<T>(value);
}

std::optional<double> number(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const std::string& text = node.text();
  if (node.quoted()) {  // how JSON carries them
    if (text == "inf" || text == "-inf" || text == "nan")
      return double_of(text.starts_with('-') ? "-.inf" : "." + text);
    return std::nullopt;
  }
  const ScalarType type = type_of(text);
  if (type != ScalarType::integer && type != ScalarType::real) return std::nullopt;
  const double value = double_of(text);
  const bool too_large = std::isinf(value) && text.find_first_of("0123456789") != std::string::npos;
  return too_large ? std::nullopt : std::optional(value);
}

std::string listed(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The nearest word when it is near enough to be a typo.
std::string suggestion(std::string_view word, const Words& known) {
  const std::string best = nearest(word, known);
  return edit_distance(word, best) <= std::max<size_t>(2, word.size() / 2) ? best : "";
}

}  // namespace

std::string join(const std::string& path, std::string_view name) {
  if (path.empty() || name.empty()) return path + std::string(name);
  return fmt::format("{}.{}", path, name);
}

void require_map(const Node& node, const std::string& path) {
  if (!node.is_map() && !node.is_null()) refuse(node, path, "a map of settings");
}

void require_list(const Node& node, const std::string& path) {
  if (!node.is_list()) refuse(node, path, "a list");
}

void refuse_unknown_keys(const Node& node, const std::string& path, const Words& known) {
  for (const auto& entry : node.entries()) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string best = known.empty() ? "" : suggestion(entry.key, known);
    throw UserError("{}: unknown key '{}'; {}", entry.origin.text(), join(path, entry.key),
                    known.empty()   ? "there are no settings here"
                    : !best.empty() ? fmt::format("did you mean '{}'?", join(path, best))
                                    : fmt::format("known here: {}", listed(known)));
  }
}

bool read_bool(const Node& node, const std::string& path) {
  if (!node.is_scalar() || node.quoted() || type_of(node.text()) != ScalarType::boolean)
    refuse(node, path, "true or false");
  return node.text().front() == 't' || node.text().front() == 'T';
}

int64_t read_integer(const Node& node, const std::string& path, const Range& rule, int64_t lowest,
                     int64_t highest) {
  const auto value = whole_number<int64_t>(node);
  if (!value || *value < lowest || *value > highest || !allowed(static_cast<double>(*value), rule))
    refuse(node, path, with_rule("an integer", rule));
  return *value;
}

uint64_t read_unsigned(const Node& node, const std::string& path, const Range& rule,
                       uint64_t highest) {
  const auto value = whole_number<uint64_t>(node);
  if (!value || *value > highest || !allowed(static_cast<double>(*value), rule))
    refuse(node, path,
           with_rule("an integer",
                     std::isinf(rule.lo) ? Range{0, rule.hi, false, rule.hi_open, false} : rule));
  return *value;
}

double read_number(const Node& node, const std::string& path, const Range& rule) {
  const auto value = number(node);
  if (!value || !allowed(*value, rule))
    refuse(node, path, with_rule(rule.non_finite ? "a number" : "a finite number", rule));
  return *value;
}

std::string read_text(const Node& node, const std::string& path) {
  if (!node.is_scalar()) refuse(node, path, "a string");
  return node.text();
}

std::string read_word(const Node& node, const std::string& path, const Words& words) {
  const std::string required = rule_text(words);
  if (!node.is_scalar()) refuse(node, path, required);
  if (std::find(words.begin(), words.end(), node.text()) != words.end()) return node.text();
  const std::string best = suggestion(node.text(), words);
  throw UserError("{}: {}: required {}, {} came{}", node.origin().text(), path, required,
                  came(node), best.empty() ? "" : fmt::format("; did you mean '{}'?", best));
}

std::string rule_text(const Range& rule) {
  const bool low = !std::isinf(rule.lo), high = !std::isinf(rule.hi);
  std::string text;
  if (low && high)
    text = fmt::format("in {}{}, {}{}", rule.lo_open ? '(' : '[', rule.lo, rule.hi,
                       rule.hi_open ? ')' : ']');
  else if (low)
    text = fmt::format("{} {}", rule.lo_open ? ">" : ">=", rule.lo);
  else if (high)
    text = fmt::format("{} {}", rule.hi_open ? "<" : "<=", rule.hi);
  if (rule.non_finite) text += text.empty() ? "inf and nan allowed" : ", inf allowed";
  return text;
}

std::string rule_text(const Words& words) { return fmt::format("one of {}", listed(words)); }

}  // namespace rlreason::config::detail
