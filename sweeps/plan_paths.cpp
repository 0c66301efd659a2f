#include "sweeps/plan_paths.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
using nlohmann::json;
namespace {

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The number of the block called `name`; nothing found: the name itself.
std::string number_of(const json& list, const std::string& name) {
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i].is_object() && list[i].value("name", "") == name) return std::to_string(i);
  return name;
}

const json* child(const json* node, const std::string& part) {
  if (node == nullptr) return nullptr;
  if (node->is_object()) {
    const auto found = node->find(part);
    return found == node->end() ? nullptr : &*found;
  }
  if (!node->is_array() || part.empty() || !std::all_of(part.begin(), part.end(), ::isdigit))
    return nullptr;
  const size_t index = part.size() > 6 ? node->size() : std::stoul(part);
  return index < node->size() ? &(*node)[index] : nullptr;
}

std::string name_of_file(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml")
             ? std::filesystem::path(name).stem().string()
             : name;
}

bool same_value(const json& a, const json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == b.get<double>();
  // A piece block {kind: x, ...} is named by its kind.
  if (a.is_object() && b.is_string()) return a.value("kind", "") == b.get<std::string>();
  return a == b;
}

}  // namespace

std::string resolved_path(const json& config, const std::string& path) {
  std::string result;
  const json* node = &config;
  for (const std::string& part : parts_of(path)) {
    const std::string own = node != nullptr && node->is_array() ? number_of(*node, part) : part;
    node = child(node, own);
    result += (result.empty() ? "" : ".") + own;
  }
  return result;
}

std::vector<std::string> short_names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    const std::vector<std::string> parts = parts_of(path);
    std::string name;
    for (size_t n = 1; n <= parts.size(); ++n) {
      name = parts[parts.size() - n] + (name.empty() ? "" : "." + name);
      if (std::isdigit(static_cast<unsigned char>(name.front())))
        continue;  // a place in a list says nothing
      const std::string ending = "." + name;
      const auto same = [&](const std::string& other) {
        return other != path && (other == name || other.ends_with(ending));
      };
      if (std::none_of(paths.begin(), paths.end(), same)) break;
    }
    names.push_back(name);
  }
  return names;
}

std::string assignment(const std::string& path, const config::Node& value) {
  if (value.is_scalar() && !value.quoted()) return path + "=" + value.text();
  return path + "=" + config::to_json(value).dump();
}

std::string value_text(const config::Node& value) {
  return terminal::shorten(value.is_scalar() ? value.text() : config::to_json(value).dump(), 32);
}

std::string path_of(const std::string& assignment) {
  return assignment.substr(0, assignment.find('='));
}

bool holds(const std::string& condition, const ConditionSubject& subject,
           const std::string& where) {
  const size_t equals = condition.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UserError("{}: required path=value, '{}' came; for example components.policy.clip=none",
                    where, condition);
  const std::string path = condition.substr(0, equals), text = condition.substr(equals + 1);
  if (path == "recipe") return name_of_file(subject.recipe) == text;
  if (path == "setting") return name_of_file(subject.setting) == text;
  const json* node = &subject.config;
  for (const std::string& part : parts_of(resolved_path(subject.config, path)))
    node = child(node, part);
  if (node == nullptr) return false;
  return same_value(*node, config::to_json(config::parse_yaml(text, where)));
}

}  // namespace rlreason::sweep
