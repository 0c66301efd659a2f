// Two resolved configurations side by side: which dotted paths differ, and patterns that paths match.
//
// Paths are those of the store's parameters: "components.1.clip.high"; an empty list or map is a value.
// Not here: what a difference means (rules.h, diff.h).
// Thread safety: pure functions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::sweep {

std::map<std::string, nlohmann::json> flatten(const nlohmann::json& config);

struct PathDifference {
  std::string path;
  std::optional<nlohmann::json> a, b;  // nothing: the path is not on this side
};
std::vector<PathDifference> config_difference(const nlohmann::json& a, const nlohmann::json& b);

// A value for a table: text without quotes, "-" when the path is absent.
std::string shown_value(const std::optional<nlohmann::json>& value);

// "update.*" matches update.lr; a pattern also covers everything below it.
bool path_matches(std::string_view path, std::string_view pattern);
bool path_matches_any(std::string_view path, const std::vector<std::string>& patterns);

}  // namespace rlreason::sweep
