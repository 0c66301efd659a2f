// Sums and terms.

#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/parser_impl.h"

namespace rlreason::data::math {

Expression Parser::sum() {
  const Level level(*this);
  std::vector<Expression> terms;
  terms.push_back(signed_term());
  while (symbol("+") || symbol("-") || symbol("+-") || symbol("-+")) {
    const std::string sign = token().text;
    next();
    Expression value = signed_term();
    if (sign == "-") value = make_negative(std::move(value));
    if (sign == "+-") value = make_node(Kind::plus_minus, "", {std::move(value)});
    if (sign == "-+") value = make_node(Kind::plus_minus, "", {make_negative(std::move(value))});
    terms.push_back(std::move(value));
  }
  if (terms.size() == 1) return std::move(terms[0]);
  return make_node(Kind::add, "", std::move(terms));
}

Expression Parser::signed_term() {
  const Level level(*this);
  if (take("-")) return make_negative(signed_term());
  if (take("+")) return signed_term();
  if (take("+-")) return make_node(Kind::plus_minus, "", {signed_term()});
  if (take("-+")) return make_node(Kind::plus_minus, "", {make_negative(signed_term())});
  return term();
}

bool Parser::starts_factor() const {
  const Token& t = token();
  switch (t.kind) {
    case TokenKind::end:
    case TokenKind::word:
      return false;
    case TokenKind::number:
      return closed_before();  // "2 5" is no product
    case TokenKind::letters:
      return !(t.text == "and" || t.text == "or" || t.text == "mod") && !is_word(t.text);
    case TokenKind::command:
      return !(t.text == "to" || t.text == "rightarrow" || t.text == "notin" ||
               t.text == "subset" || t.text == "subseteq" || t.text == "choose" ||
               t.text == "over" || t.text == "mod" || t.text == "bmod" || t.text == "pmod" ||
               t.text == "Rightarrow" || t.text == "rfloor" || t.text == "rceil" ||
               t.text == "implies" || t.text == "iff" || t.text == "mapsto" ||
               t.text.starts_with("end "));
    case TokenKind::symbol:
      return t.text == "(" || t.text == "{" || t.text == "{|" ||
             (t.text == "[" && bars_ == 0 && !outward_) ||
             (t.text == "|" && bars_ == 0 && !set_head_);
  }
  return false;
}

bool Parser::closed_before() const {
  if (at_ == 0) return false;
  const Token& t = tokens_[at_ - 1];
  return t.symbol(")") || t.symbol("}") || t.symbol("]") || t.symbol("!");
}

Expression Parser::term() {
  const Level level(*this);
  Expression left = factor();
  std::vector<Expression> factors;
  const auto flush = [&] {
    if (!factors.empty()) {
      factors.insert(factors.begin(), std::move(left));
      left = make_node(Kind::mul, "", std::move(factors));
      factors.clear();
    }
  };
  while (true) {
    if (left.is(Kind::quantity) || !factors.empty()) {
      if (!factors.empty() && factors.back().is(Kind::quantity)) break;
      if (factors.empty()) break;
    }
    if (take("*")) {
      factors.push_back(signed_term());
      if (factors.back().is(Kind::mul)) flush();
    } else if (take("/")) {
      flush();
      Expression divisor = symbol("-") ? signed_term() : factor();
      left = make_quotient(std::move(left), std::move(divisor));
    } else if (command("mod") || command("bmod") || command("pmod") ||
               token().is(TokenKind::letters, "mod")) {
      flush();
      next();
      left = make_node(Kind::call, "mod", {std::move(left), factor()});
    } else if (starts_factor()) {
      factors.push_back(factor());
    } else {
      break;
    }
  }
  flush();
  return left;
}

}  // namespace rlreason::data::math
