// The only file that sees yaml-cpp: its parse events become a Node, with limits that hold while parsing.
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/config/node.h"
#include "core/error.h"
#include "core/utf8.h"

namespace rlreason::config {
namespace {

constexpr size_t kMaximumDepth = 64;
constexpr size_t kMaximumNodes = 1'000'000;
constexpr std::uintmax_t kMaximumBytes = 16 << 20;

size_t count_nodes(const Node& node) {
  size_t count = 1;
  if (node.is_list())
    for (const Node& item : node.items()) count += count_nodes(item);
  if (node.is_map())
    for (const auto& entry : node.entries()) count += count_nodes(entry.value);
  return count;
}

size_t depth_of(const Node& node) {
  size_t depth = 0;
  if (node.is_list())
    for (const Node& item : node.items()) depth = std::max(depth, depth_of(item));
  if (node.is_map())
    for (const auto& entry : node.entries()) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

// Open collections form a stack; a finished value goes into the one on top, or becomes the document.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const Origin& file) : file_(file) {}

  Node take() { return std::move(document_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      throw UserError("{}: required one YAML document, a second one came; remove '---'",
                      at(mark).text());
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(Node(at(mark)), anchor, 1, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end())
      throw UserError("{}: required an alias of a finished value, one of its own parent came",
                      at(mark).text());
    finish(known->second.node, 0, known->second.nodes, known->second.depth);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool text = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!text && tag != "?") refuse_tag(mark, tag);
    finish(Node::make_scalar(value, text, at(mark)), anchor, 1, 1);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::make_list(at(mark)), tag, anchor, mark);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::make_map(at(mark)), tag, anchor, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    std::set<std::string> keys;
    bool has_key = false;  // a map whose next value belongs to its last entry
  };
  struct Anchored {
    Node node;
    size_t nodes, depth;
  };

  Origin at(const YAML::Mark& mark) const { return file_.at_line(mark.line + 1); }

  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    throw UserError("{}: required a value without a tag, '{}' came; remove it", at(mark).text(),
                    tag);
  }

  void open(Node node, const std::string& tag, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    expect_value(node);
    check_limits(node.origin(), 1, 1);
    stack_.push_back({std::move(node), anchor, {}, false});
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    if (frame.anchor != 0)
      anchors_[frame.anchor] = {frame.node, count_nodes(frame.node), depth_of(frame.node)};
    place(std::move(frame.node));
  }

  void finish(Node node, YAML::anchor_t anchor, size_t nodes, size_t depth) {
    check_limits(node.origin(), nodes, depth);
    if (anchor != 0) anchors_[anchor] = {node, nodes, depth};
    place(std::move(node));
  }

  void check_limits(const Origin& origin, size_t nodes, size_t depth) {
    if (stack_.size() + depth > kMaximumDepth)
      throw UserError("{}: required at most {} levels, more came", origin.text(), kMaximumDepth);
    nodes_ += nodes;
    if (nodes_ > kMaximumNodes)
      throw UserError("{}: required at most {} values (anchors expanded), more came", origin.text(),
                      kMaximumNodes);
  }

  void expect_value(const Node& node) const {
    if (!stack_.empty() && stack_.back().node.is_map() && !stack_.back().has_key)
      throw UserError("{}: required a plain key, {} came; a bracket may be left open",
                      node.origin().text(), node.is_map() ? "a map" : "a list");
  }

  void place(Node node) {
    if (stack_.empty()) {
      document_ = std::move(node);
      return;
    }
    Frame& top = stack_.back();
    if (top.node.is_list()) {
      top.node.items().push_back(std::move(node));
    } else if (top.has_key) {
      top.node.entries().back().value = std::move(node);
      top.has_key = false;
    } else {
      add_key(top, node);
    }
  }

  static void add_key(Frame& top, const Node& key) {
    if (!key.is_scalar())
      throw UserError("{}: required a plain key, none or a collection came", key.origin().text());
    if (!top.keys.insert(key.text()).second)
      throw UserError("{}: key '{}' came twice (first in line {}); remove one", key.origin().text(),
                      key.text(), line_of(top.node, key.text()));
    top.node.entries().push_back({key.text(), key.origin(), Node(key.origin())});
    top.has_key = true;
  }

  static int line_of(const Node& map, const std::string& key) {
    for (const auto& entry : map.entries())
      if (entry.key == key) return entry.origin.line();
    return 0;
  }

  Origin file_;
  Node document_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

void require_text(std::string_view text, const Origin& file) {
  const size_t invalid = utf8::first_invalid(text);
  const size_t offset = std::min(invalid, text.find('\0'));
  if (offset == std::string_view::npos) return;
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  throw UserError("{}: required UTF-8 text, byte 0x{:02x} came",
                  file.at_line(static_cast<int>(line)).text(),
                  static_cast<unsigned char>(text[offset]));
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& file) {
  return parse_yaml(text, Origin(file));
}

Node parse_yaml(std::string_view text, const Origin& origin) {
  require_text(text, origin);
  // yaml-cpp takes a quote left open before a final line break for a closed one; before a comment it does not.
  std::istringstream stream(std::string(text) + "\n# end");
  Builder builder(origin);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const Origin place = error.mark.is_null() ? origin : origin.at_line(error.mark.line + 1);
    throw UserError("{}: required YAML, the parser says: {}", place.text(), error.msg);
  }
  return builder.take();
}

Node load_yaml(const std::filesystem::path& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure))
    throw UserError("{}: required a YAML file, a directory came; name the file", path.string());
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw UserError("{}: required a readable YAML file, found none; check the path", path.string());
  std::string text(kMaximumBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(stream.gcount()));
  if (stream.bad())
    throw UserError("{}: required to be readable to its end, a read failed", path.string());
  if (text.size() > kMaximumBytes)
    throw UserError("{}: required at most {} MiB of YAML, more came", path.string(),
                    kMaximumBytes >> 20);
  return parse_yaml(text, path.string());
}

}  // namespace rlreason::config
