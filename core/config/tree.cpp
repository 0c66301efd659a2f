// Nodes from and to JSON, the typing of plain scalars, and changes by dotted path.
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/config/node.h"
#include "core/config/scalar_type.h"
#include "core/config/scalars.h"
#include "core/error.h"

namespace rlreason::config {
namespace {

constexpr int kMaximumDepth = 64;

Node node_of(const nlohmann::json& value, const Origin& origin, int depth) {
  if (depth > kMaximumDepth)
    throw UserError("{}: required at most {} levels, more came", origin.text(), kMaximumDepth);
  if (value.is_null()) return Node(origin);
  if (value.is_string()) return Node::make_scalar(value.get<std::string>(), true, origin);
  if (value.is_array()) {
    Node list = Node::make_list(origin);
    for (const auto& item : value) list.items().push_back(node_of(item, origin, depth + 1));
    return list;
  }
  if (value.is_object()) {
    Node map = Node::make_map(origin);
    for (const auto& [key, item] : value.items())
      map.entries().push_back({key, origin, node_of(item, origin, depth + 1)});
    return map;
  }
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const double number = value.get<double>();
    return Node::make_scalar(std::isnan(number) ? ".nan"
                             : number > 0       ? ".inf"
                                                : "-.inf",
                             false, origin);
  }
  return Node::make_scalar(value.dump(), false, origin);
}

nlohmann::json json_of_scalar(const Node& node) {
  using detail::ScalarType;
  if (node.quoted()) return node.text();
  switch (detail::type_of(node.text())) {
    case ScalarType::null:
      return nullptr;
    case ScalarType::boolean:
      return node.text().front() == 't' || node.text().front() == 'T';
    case ScalarType::integer: {
      if (const auto number = detail::integer_of<int64_t>(node.text())) return *number;
      if (const auto number = detail::integer_of<uint64_t>(node.text())) return *number;
      return detail::double_of(node.text());
    }
    case ScalarType::real: {
      const double number = detail::double_of(node.text());
      if (!std::isfinite(number)) return std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
      return number;
    }
    case ScalarType::text:
      break;
  }
  return node.text();
}

std::vector<std::string> split_path(std::string_view path, const Origin& origin) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    if (end == begin)
      throw UserError("{}: required a dotted path such as 'a.b', '{}' came", origin.text(), path);
    parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The child of `node` that `part` names, made when a map lacks it.
Node& descend(Node& node, const std::string& part, const std::string& so_far,
              const Origin& origin) {
  if (node.is_list()) {
    size_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (error != std::errc() || end != part.data() + part.size() || index >= node.size())
      throw UserError("{}: {}: required an index below {}, '{}' came", origin.text(), so_far,
                      node.size(), part);
    return node.items()[index];
  }
  if (node.is_scalar())
    throw UserError("{}: {}: required a map or a list to go into, the value '{}' came",
                    origin.text(), so_far, node.text());
  if (Node* found = node.find(part)) return *found;
  return node.put(part, Node(origin));
}

}  // namespace

Node from_json(const nlohmann::json& value, const Origin& origin) {
  return node_of(value, origin, 1);
}

nlohmann::json to_json(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:
      return json_of_scalar(node);
    case Node::Kind::list: {
      nlohmann::json list = nlohmann::json::array();
      for (const Node& item : node.items()) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::map:
      break;
  }
  nlohmann::json map = nlohmann::json::object();
  for (const auto& entry : node.entries()) map[entry.key] = to_json(entry.value);
  return map;
}

void set(Node& root, std::string_view path, Node value) {
  const Origin origin = value.origin();
  Node* node = &root;
  std::string so_far;
  for (const std::string& part : split_path(path, origin)) {
    node = &descend(*node, part, so_far.empty() ? std::string(path) : so_far, origin);
    so_far = detail::join(so_far, part);
  }
  *node = std::move(value);
}

void set(Node& root, std::string_view assignment) {
  const Origin origin = Origin::words(fmt::format("--set {}", assignment));
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw UserError("{}: required key=value, '{}' came", origin.text(), assignment);
  Node value = parse_yaml(assignment.substr(equals + 1), origin);
  if (value.is_null()) value = Node(origin);  // an empty document has no place of its own
  set(root, assignment.substr(0, equals), std::move(value));
}

}  // namespace rlreason::config
