#include "core/config/node.h"

#include <algorithm>

#include "core/error.h"
#include "core/registry.h"

namespace rlreason::config {
namespace {

std::string_view name_of(Node::Kind kind) {
  constexpr std::string_view kNames[] = {"nothing", "a single value", "a list", "a map"};
  return kNames[static_cast<uint8_t>(kind)];
}

void require(const Node& node, Node::Kind kind) {
  if (node.kind() != kind)
    throw UserError("{}: required {}, {} came", node.origin().text(), name_of(kind),
                    name_of(node.kind()));
}

}  // namespace

Origin::Origin(std::string file, int line)
    : file_(std::make_shared<const std::string>(std::move(file))), line_(line) {}

Origin Origin::words(std::string words) {
  Origin result(std::move(words));
  result.has_lines_ = false;
  return result;
}

Origin Origin::at_line(int line) const {
  Origin result = *this;
  if (has_lines_) result.line_ = line;
  return result;
}

std::string Origin::text() const {
  if (!file_) return "configuration";
  return line_ > 0 ? fmt::format("{}:{}", *file_, line_) : *file_;
}

Node Node::make_scalar(std::string text, bool quoted, Origin origin) {
  Node node(std::move(origin));
  node.kind_ = Kind::scalar;
  node.text_ = std::move(text);
  node.quoted_ = quoted;
  return node;
}

Node Node::make_list(Origin origin) {
  Node node(std::move(origin));
  node.kind_ = Kind::list;
  return node;
}

Node Node::make_map(Origin origin) {
  Node node(std::move(origin));
  node.kind_ = Kind::map;
  return node;
}

const std::string& Node::text() const {
  require(*this, Kind::scalar);
  return text_;
}

const std::vector<Node>& Node::items() const {
  require(*this, Kind::list);
  return items_;
}

std::vector<Node>& Node::items() {
  require(*this, Kind::list);
  return items_;
}

const std::vector<Node::Entry>& Node::entries() const {
  if (!is_null()) require(*this, Kind::map);
  return entries_;
}

std::vector<Node::Entry>& Node::entries() {
  if (!is_null()) require(*this, Kind::map);
  return entries_;
}

size_t Node::size() const { return items_.size() + entries_.size(); }

const Node* Node::find(std::string_view key) const {
  const auto it = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.key == key; });
  return it == entries_.end() ? nullptr : &it->value;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

const Node& Node::at(std::string_view key) const {
  if (!is_null()) require(*this, Kind::map);
  if (const Node* found = find(key)) return *found;
  std::vector<std::string> keys;
  for (const Entry& entry : entries_) keys.push_back(entry.key);
  const std::string best = nearest(key, keys);
  throw UserError("{}: required the key '{}', found none{}", origin_.text(), key,
                  best.empty() ? "" : fmt::format("; the nearest is '{}'", best));
}

Node& Node::put(const std::string& key, Node value) {
  if (is_null()) kind_ = Kind::map;
  require(*this, Kind::map);
  if (Node* found = find(key)) return *found = std::move(value);
  Origin place = value.origin();
  entries_.push_back({key, std::move(place), std::move(value)});
  return entries_.back().value;
}

bool Node::erase(std::string_view key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; }) > 0;
}

void merge(Node& base, const Node& overlay) {
  if (!base.is_map() || !overlay.is_map()) {
    base = overlay;
    return;
  }
  for (const Node::Entry& entry : overlay.entries()) {
    if (Node* found = base.find(entry.key)) {
      merge(*found, entry.value);
    } else {
      base.entries().push_back(entry);
    }
  }
}

}  // namespace rlreason::config
