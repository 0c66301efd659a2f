#include "core/store/filter_syntax.h"

#include <charconv>
#include <string_view>

#include "core/error.h"

namespace rlreason::store {
namespace {

constexpr size_t kLongest = 4096;
constexpr int kDeepest = 64;

struct Token {
  enum class Kind { end, word, text, number, symbol };
  Kind kind = Kind::end;
  std::string text;
  double number = 0;
  size_t at = 0;
};

[[noreturn]] void fail(size_t at, const std::string& what) {
  throw UserError("filter: at character {}: {}; e.g. recipe = \"grpo\" and not tag = \"old\"", at,
                  what);
}

bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_./@-").find(c) != std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(const std::string& text) : text_(text) {}

  Token next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
      ++at_;
    Token token;
    token.at = at_ + 1;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(token, c);
    if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.') return number(token);
    if (word_character(c)) {
      token.kind = Token::Kind::word;
      while (at_ < text_.size() && word_character(text_[at_])) token.text += text_[at_++];
      return token;
    }
    for (const char* symbol : {"!=", "<=", ">=", "==", "=", "<", ">", "(", ")", ","})
      if (text_.compare(at_, std::string_view(symbol).size(), symbol) == 0) {
        at_ += std::string_view(symbol).size();
        token.kind = Token::Kind::symbol;
        token.text = std::string_view(symbol) == "==" ? "=" : symbol;
        return token;
      }
    fail(token.at, "required a name, a value or an operator, another character came");
  }

 private:
  Token quoted(Token token, char quote) {
    token.kind = Token::Kind::text;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      token.text += text_[at_];
    }
    if (at_ == text_.size()) fail(token.at, "required a closing quote, the text ends");
    ++at_;
    return token;
  }
  Token number(Token token) {
    const char* begin = text_.data() + at_ + (text_[at_] == '+' ? 1 : 0);
    const char* end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(begin, end, token.number);
    if (error != std::errc() || (stop < end && word_character(*stop)))
      fail(token.at, "required a number, something else came; texts need quotes");
    token.kind = Token::Kind::number;
    at_ = static_cast<size_t>(stop - text_.data());
    return token;
  }

  const std::string& text_;
  size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(const std::string& text) : lexer_(text) { advance(); }

  FilterNode all_of_it() {
    FilterNode node = any(0);
    if (token_.kind != Token::Kind::end)
      fail(token_.at, "required 'and', 'or' or the end, '" + shown() + "' came");
    return node;
  }

 private:
  std::string shown() const {
    return token_.kind == Token::Kind::end ? "the end" : token_.text.substr(0, 40);
  }
  void advance() { token_ = lexer_.next(); }
  bool is(Token::Kind kind, std::string_view text) const {
    return token_.kind == kind && token_.text == text;
  }
  bool take(Token::Kind kind, std::string_view text) {
    if (!is(kind, text)) return false;
    advance();
    return true;
  }

  FilterNode chain(int depth, FilterNode::Kind kind, const char* word,
                   FilterNode (Parser::*part)(int)) {
    FilterNode first = (this->*part)(depth);
    if (!is(Token::Kind::word, word)) return first;
    FilterNode node{.kind = kind, .at = first.at};
    node.children.push_back(std::move(first));
    while (take(Token::Kind::word, word)) node.children.push_back((this->*part)(depth));
    return node;
  }
  FilterNode any(int depth) { return chain(depth, FilterNode::Kind::any, "or", &Parser::all); }
  FilterNode all(int depth) { return chain(depth, FilterNode::Kind::all, "and", &Parser::negated); }

  FilterNode negated(int depth) {
    if (depth > kDeepest)
      fail(token_.at, fmt::format("required at most {} levels, more came", kDeepest));
    const size_t at = token_.at;
    if (take(Token::Kind::word, "not")) {
      FilterNode node{.kind = FilterNode::Kind::none, .at = at};
      node.children.push_back(negated(depth + 1));
      return node;
    }
    if (take(Token::Kind::symbol, "(")) {
      FilterNode node = any(depth + 1);
      if (!take(Token::Kind::symbol, ")")) fail(token_.at, "required ')', '" + shown() + "' came");
      return node;
    }
    return comparison();
  }

  FilterValue value() {
    FilterValue result;
    if (token_.kind == Token::Kind::text)
      result = token_.text;
    else if (token_.kind == Token::Kind::number)
      result = token_.number;
    else if (is(Token::Kind::word, "true") || is(Token::Kind::word, "false"))
      result = token_.text == "true";
    else
      fail(token_.at, "required a \"text\", a number, true or false, '" + shown() + "' came");
    advance();
    return result;
  }

  FilterNode comparison() {
    if (token_.kind != Token::Kind::word)
      fail(token_.at, "required a name, '" + shown() + "' came");
    FilterNode node{.name = token_.text, .at = token_.at};
    advance();
    node.op = token_.text;
    const bool symbol = token_.kind == Token::Kind::symbol && token_.text != "(" &&
                        token_.text != ")" && token_.text != ",";
    const bool word =
        token_.kind == Token::Kind::word && (node.op == "in" || node.op == "contains");
    if (!symbol && !word)
      fail(token_.at, "required one of = != < <= > >= in contains after '" +
                          node.name.substr(0, 40) + "', '" + shown() + "' came");
    advance();
    if (node.op != "in") {
      node.values.push_back(value());
      if (node.op == "contains" && !std::holds_alternative<std::string>(node.values[0]))
        fail(node.at, "required a \"text\" after contains");
      return node;
    }
    if (!take(Token::Kind::symbol, "("))
      fail(token_.at, "required '(' after in, '" + shown() + "' came");
    do node.values.push_back(value());
    while (take(Token::Kind::symbol, ","));
    if (!take(Token::Kind::symbol, ")")) fail(token_.at, "required ')', '" + shown() + "' came");
    return node;
  }

  Lexer lexer_;
  Token token_;
};

}  // namespace

FilterNode parse_filter(const std::string& text) {
  if (text.size() > kLongest)
    throw UserError("filter: required at most {} characters, {} came", kLongest, text.size());
  return Parser(text).all_of_it();
}

}  // namespace rlreason::store
