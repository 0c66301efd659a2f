// A configuration tree as a value: null, scalar, list or map in order, where every node knows the file and line it came from.
//
// Recipes, settings, overlays and --set changes are all Nodes merged into one tree, so an error can name the line that caused it.
// Not a schema: parse.h turns a Node into a described struct.  YAML is read by YAML 1.2 core rules ("yes" is a string, "1" in
// quotes is a string); anchors are expanded; tags other than !!str are refused.
// Errors: UserError "file:line: ..." for malformed text, duplicate keys, more than 64 levels or more than a million nodes.
// Thread safety: a value type.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rlreason::config {

// Where a node came from: a file and line, or words such as "--set a.b=1" that have no lines.
class Origin {
 public:
  Origin() = default;
  explicit Origin(std::string file, int line = 0);
  static Origin words(std::string words);
  Origin at_line(int line) const;  // the same file; words stay as they are
  int line() const { return line_; }
  std::string file() const { return file_ ? *file_ : std::string(); }
  std::string text() const;  // "file:3", "--set a.b=1", or "configuration" when nothing is known

 private:
  std::shared_ptr<const std::string> file_;
  int line_ = 0;
  bool has_lines_ = true;
};

class Node {
 public:
  enum class Kind : uint8_t { null, scalar, list, map };
  struct Entry;

  Node() = default;  // null
  explicit Node(Origin origin) : origin_(std::move(origin)) {}
  static Node make_scalar(std::string text, bool quoted, Origin origin = {});
  static Node make_list(Origin origin = {});
  static Node make_map(Origin origin = {});

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_map() const { return kind_ == Kind::map; }
  const Origin& origin() const { return origin_; }

  // Each throws UserError with the origin when the node is of another kind.
  const std::string& text() const;           // scalar, as written
  const std::vector<Node>& items() const;    // list
  const std::vector<Entry>& entries() const;  // map, in order; a null node has none
  std::vector<Node>& items();
  std::vector<Entry>& entries();

  bool quoted() const { return quoted_; }  // a scalar that is a string whatever it looks like
  size_t size() const;                     // of a list or map; 0 otherwise

  // Map access.  find: nullptr when absent or not a map.  at: UserError with the nearest key.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  const Node& at(std::string_view key) const;
  Node& put(const std::string& key, Node value);  // replaces or appends; a null node becomes a map
  bool erase(std::string_view key);

 private:
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  Origin origin_;
  std::string text_;
  std::vector<Node> items_;
  std::vector<Entry> entries_;
};

struct Node::Entry {
  std::string key;
  Origin origin;  // of the key
  Node value;
};

// One YAML document (or none: a null node).  `file` is the name in errors.
Node parse_yaml(std::string_view text, const std::string& file);
Node parse_yaml(std::string_view text, const Origin& origin);
Node load_yaml(const std::filesystem::path& path);  // UserError when unreadable or above 16 MiB

// Strings become quoted scalars, so that to_json(from_json(x)) == x.
Node from_json(const nlohmann::json& value, const Origin& origin = {});
// Plain scalars are typed by YAML 1.2 core rules: null, bool, integer, float (non-finite as "inf", "-inf", "nan"), else string.
nlohmann::json to_json(const Node& node);

// Maps merge by key; everything else is replaced, a null overlay value included.
void merge(Node& base, const Node& overlay);

// "a.b.0.c=value": the value is YAML; missing maps are made; a list index must exist.  UserError for a malformed assignment.
void set(Node& root, std::string_view assignment);
// The same for a path and a ready value.
void set(Node& root, std::string_view path, Node value);

}  // namespace rlreason::config
