// Dotted paths of changes: how they are called in a resolved configuration, how they are shown in labels, conditions on them.
//
// A change may address an element of a list of named blocks by its name (components.demonstration.shape); a resolved
// configuration and the store's parameters have its number (components.1.shape).
// Errors: UserError for a condition that is no path=value.  Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/config/node.h"

namespace rlreason::sweep {

// `path` with the names of list elements replaced by their numbers; parts that `config` lacks stay as they are.
std::string resolved_path(const nlohmann::json& config, const std::string& path);

// The shortest endings of the paths that differ from each other: "update.lr" -> "lr".
std::vector<std::string> short_names(const std::vector<std::string>& paths);

// "path=value" of an axis; the value is written so that it parses back to the same.
std::string assignment(const std::string& path, const config::Node& value);
std::string value_text(const config::Node& value);  // for labels, at most 32 characters

std::string path_of(const std::string& assignment);  // what stands before '='

// Does "path=value" hold in this configuration?  "recipe=" and "setting=" ask for those names.  `where` for the sentence.
struct ConditionSubject {
  std::string recipe, setting;
  const nlohmann::json& config;
};
bool holds(const std::string& condition, const ConditionSubject& subject, const std::string& where);

}  // namespace rlreason::sweep
