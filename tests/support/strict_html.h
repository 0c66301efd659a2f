// A small strict HTML reader for tests: tags that balance, attributes in double quotes, no raw < & in text, no scripts, nothing
// from elsewhere.  It gives back the text that a browser would show and the tags' names, or throws with the place.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace rlreason::testing_support {

class StrictHtml {
 public:
  explicit StrictHtml(const std::string& source) : s_(source) { read(); }

  std::string text;               // of the body, entities resolved
  std::vector<std::string> tags;  // in order of opening
  std::map<std::string, int> count;
  std::vector<std::string> attributes;  // "name=value"

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error("at byte " + std::to_string(at_) + ": " + what + ": " +
                             s_.substr(at_ > 40 ? at_ - 40 : 0, 120));
  }
  bool begins(const std::string& word) const { return s_.compare(at_, word.size(), word) == 0; }

  void read() {
    if (!begins("<!DOCTYPE html>")) fail("no doctype");
    at_ = 15;
    while (at_ < s_.size()) {
      if (begins("<!--")) {
        const size_t end = s_.find("-->", at_);
        if (end == std::string::npos) fail("comment without end");
        at_ = end + 3;
      } else if (s_[at_] == '<') {
        tag();
      } else {
        character();
      }
    }
    if (!open_.empty()) fail("<" + open_.back() + "> is not closed");
  }

  void character() {
    const char c = s_[at_];
    if (c == '>') fail("raw > in text");
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') fail("control character");
    if (c != '&') {
      text += c;
      ++at_;
      return;
    }
    static const std::map<std::string, std::string> kNamed = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
    for (const auto& [entity, meaning] : kNamed)
      if (begins(entity)) {
        text += meaning;
        at_ += entity.size();
        return;
      }
    fail("raw & or an unknown entity");
  }

  std::string name() {
    const size_t begin = at_;
    while (at_ < s_.size() && (std::isalnum(static_cast<unsigned char>(s_[at_])) || s_[at_] == '-'))
      ++at_;
    if (at_ == begin) fail("a name is required");
    return s_.substr(begin, at_ - begin);
  }

  void tag() {
    ++at_;
    if (s_[at_] == '/') {
      ++at_;
      const std::string closed = name();
      if (open_.empty() || open_.back() != closed) fail("</" + closed + "> closes nothing");
      open_.pop_back();
      if (s_[at_++] != '>') fail("> is required");
      return;
    }
    const std::string opened = name();
    static const std::set<std::string> kKnown = {
        "html", "head", "meta",    "title",    "style",  "body",    "h1",      "h2",
        "h3",   "p",    "section", "div",      "span",   "table",   "thead",   "tbody",
        "tr",   "th",   "td",      "sup",      "pre",    "details", "summary", "svg",
        "line", "text", "circle",  "polyline", "polygon"};
    if (!kKnown.contains(opened)) fail("<" + opened + "> is not expected");
    tags.push_back(opened);
    ++count[opened];
    while (s_[at_] == ' ') attribute();
    if (s_[at_] == '/' && s_[at_ + 1] == '>') {
      at_ += 2;
      return;
    }
    if (s_[at_] != '>') fail("> is required");
    ++at_;
    if (opened == "meta") return;
    if (opened == "style") {
      const size_t end = s_.find("</style>", at_);
      if (s_.substr(at_, end - at_).find("url(") != std::string::npos)
        fail("a style from elsewhere");
      at_ = end + 8;
      return;
    }
    open_.push_back(opened);
  }

  void attribute() {
    ++at_;
    const std::string key = name();
    if (key.starts_with("on") || key == "src" || key == "href" || key == "style")
      fail("attribute " + key);
    if (s_[at_] != '=' || s_[at_ + 1] != '"') fail("=\" is required");
    const size_t begin = at_ + 2, end = s_.find('"', begin);
    if (end == std::string::npos) fail("a closing quote is required");
    attributes.push_back(key + "=" + s_.substr(begin, end - begin));
    at_ = end + 1;
  }

  const std::string& s_;
  size_t at_ = 0;
  std::vector<std::string> open_;
};

}  // namespace rlreason::testing_support
