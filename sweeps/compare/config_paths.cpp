#include "sweeps/compare/config_paths.h"

#include <algorithm>

namespace rlreason::sweep {
namespace {

void add(const nlohmann::json& value, const std::string& path,
         std::map<std::string, nlohmann::json>& all) {
  if (!value.is_structured() || value.empty()) {
    all[path] = value;
    return;
  }
  size_t index = 0;
  for (const auto& [key, child] : value.items()) {
    const std::string part = value.is_array() ? std::to_string(index++) : key;
    add(child, path.empty() ? part : path + "." + part, all);
  }
}

using Leaves = std::map<std::string, nlohmann::json>;

// As flatten() of both, without the parts in which they are equal: most of two configurations of one plan.
void add_unequal(const nlohmann::json& a, const nlohmann::json& b, const std::string& path,
                 Leaves& left, Leaves& right) {
  if (a == b) return;
  const bool objects = a.is_object() && b.is_object(), arrays = a.is_array() && b.is_array();
  if ((!objects && !arrays) || a.empty() || b.empty()) {
    add(a, path, left);
    add(b, path, right);
    return;
  }
  const auto below = [&](const std::string& part) {
    return path.empty() ? part : path + "." + part;
  };
  for (size_t i = 0; arrays && i < std::max(a.size(), b.size()); ++i) {
    const std::string at = below(std::to_string(i));
    if (i < a.size() && i < b.size())
      add_unequal(a[i], b[i], at, left, right);
    else
      i < a.size() ? add(a[i], at, left) : add(b[i], at, right);
  }
  if (!objects) return;
  for (const auto& [key, child] : a.items())
    if (const auto other = b.find(key); other != b.end())
      add_unequal(child, *other, below(key), left, right);
    else
      add(child, below(key), left);
  for (const auto& [key, child] : b.items())
    if (!a.contains(key)) add(child, below(key), right);
}

// `pattern` against the whole of `text`; a star stands for any characters.
bool glob(std::string_view text, std::string_view pattern) {
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::map<std::string, nlohmann::json> flatten(const nlohmann::json& config) {
  std::map<std::string, nlohmann::json> all;
  if (config.is_structured() && !config.empty()) add(config, "", all);
  return all;
}

std::vector<PathDifference> config_difference(const nlohmann::json& a, const nlohmann::json& b) {
  Leaves left, right;
  const bool trees = a.is_structured() && !a.empty() && b.is_structured() && !b.empty();
  if (trees)
    add_unequal(a, b, "", left, right);
  else
    left = flatten(a), right = flatten(b);
  std::vector<PathDifference> found;
  for (const auto& [path, value] : left) {
    const auto other = right.find(path);
    if (other == right.end())
      found.push_back({path, value, {}});
    else if (other->second != value)
      found.push_back({path, value, other->second});
  }
  for (const auto& [path, value] : right)
    if (!left.contains(path)) found.push_back({path, {}, value});
  std::sort(found.begin(), found.end(), [](auto& x, auto& y) { return x.path < y.path; });
  return found;
}

std::string shown_value(const std::optional<nlohmann::json>& value) {
  if (!value) return "-";
  return value->is_string() ? value->get<std::string>()
                            : value->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool path_matches(std::string_view path, std::string_view pattern) {
  for (size_t end = path.size(); end != std::string_view::npos && end > 0;
       end = path.rfind('.', end - 1))
    if (glob(path.substr(0, end), pattern)) return true;
  return false;
}

bool path_matches_any(std::string_view path, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return path_matches(path, pattern); });
}

}  // namespace rlreason::sweep
