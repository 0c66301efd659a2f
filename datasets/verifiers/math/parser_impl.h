// The parser's class.  Its parts: parser.cpp (lists, relations), parser_terms.cpp, parser_postfixes.cpp, parser_atoms.cpp,
// parser_brackets.cpp, parser_calls.cpp (functions, bound operators, matrices).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/math/lexer.h"

namespace rlreason::data::math {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  Expression answer();  // all tokens

 private:
  // One level deeper for as long as it lives.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMostDepth) throw Limit{"nested too deeply"};
      if (++parser_.nodes_ > kMostNodes) throw Limit{"too many terms"};
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  const Token& token(size_t ahead = 0) const;
  bool symbol(std::string_view text) const { return token().symbol(text); }
  bool command(std::string_view text) const { return token().command(text); }
  void next() { ++at_; }
  bool take(std::string_view wanted);  // a symbol
  void expect(std::string_view wanted);
  [[noreturn]] void fail(std::string reason) const { throw Unparsable{std::move(reason)}; }

  // Lists and relations.
  enum class Separator : uint8_t { none, comma, semicolon, word };
  Separator separator();  // takes one or several in a row; the strongest
  std::vector<Expression> items(bool& mixed, std::vector<Separator>& between);
  Expression list();
  Expression item();
  Expression relation_from(Expression left);
  std::optional<std::string> relation_sign() const;
  std::optional<Expression> named_by_words();
  std::optional<Expression> named_by_call();
  Expression set_expression();
  Expression ratio_or_sum();

  // Sums to factors.
  Expression sum();
  Expression term();
  Expression signed_term();
  bool starts_factor() const;
  bool closed_before() const;  // the token before ends a bracket
  Expression factor();  // base with its postfixes
  Expression postfixes(Expression base);
  Expression base();
  Expression number();
  Expression letters();
  Expression name(const std::string& run);
  Expression greek_or_command();
  Expression brackets();
  Expression braces();
  Expression set_braces();
  Expression bars();
  Expression outward_interval();
  Expression script();  // what follows ^ or _
  bool degree_mark();
  bool mixed_number_follows() const;
  std::optional<std::string> unit();
  bool word_follows() const;

  // Functions, bound operators, matrices.
  std::optional<std::string> function_name(const Token& token) const;
  Expression call(const std::string& function);
  Expression argument();
  std::vector<Expression> arguments();
  Expression fraction();
  Expression root();
  Expression two_arguments(const std::string& function);
  Expression bound(const std::string& name);
  Expression matrix(const std::string& environment);
  Expression one_argument();

  std::vector<Token> tokens_;
  size_t at_ = 0, depth_ = 0, nodes_ = 0;
  int bars_ = 0, integrals_ = 0;
  bool outward_ = false;   // inside ]a, b[
  bool set_head_ = false;  // reading what stands before the bar of a set-builder
};

bool is_connective(std::string_view word);  // "and", "or", also with commas around it

}  // namespace rlreason::data::math
