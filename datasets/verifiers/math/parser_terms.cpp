// Sums, terms and factors.
#include <algorithm>

#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/parser_impl.h"
#include "datasets/verifiers/math/units.h"

namespace rlreason::data::math {
namespace {

Expression literal(const std::string& text) {
  const size_t e = text.find('e');
  std::string digits = text.substr(0, e);
  int64_t decimals = -1;
  if (const size_t point = digits.find('.'); point != std::string::npos) {
    decimals = static_cast<int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  Rational value = Rational::from_digits(digits, std::max<int64_t>(decimals, 0));
  if (e == std::string::npos) return make_number(std::move(value), decimals);
  const int64_t exponent = std::stoll(text.substr(e + 1));
  if (exponent > 10'000 || exponent < -10'000) throw Limit{"an exponent that is too large"};
  return make_number(value * Rational::power_of_ten(exponent), std::max<int64_t>(0, decimals - exponent));
}

}  // namespace

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
    case TokenKind::word: return false;
    case TokenKind::number: return closed_before();  // "2 5" is no product
    case TokenKind::letters: return !(t.text == "and" || t.text == "or" || t.text == "mod") && !is_word(t.text);
    case TokenKind::command:
      return !(t.text == "to" || t.text == "rightarrow" || t.text == "notin" || t.text == "subset" || t.text == "subseteq" ||
               t.text == "choose" || t.text == "over" || t.text == "mod" || t.text == "bmod" || t.text == "pmod" || t.text == "Rightarrow" ||
               t.text == "rfloor" || t.text == "rceil" || t.text == "implies" || t.text == "iff" || t.text == "mapsto" || t.text.starts_with("end "));
    case TokenKind::symbol:
      return t.text == "(" || t.text == "{" || t.text == "{|" || (t.text == "[" && bars_ == 0 && !outward_) || (t.text == "|" && bars_ == 0 && !set_head_);
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
    } else if (command("mod") || command("bmod") || command("pmod") || token().is(TokenKind::letters, "mod")) {
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

bool Parser::word_follows() const {
  const Token& t = token();
  if (t.kind == TokenKind::word) return !is_connective(t.text);
  const bool area = t.is(TokenKind::letters, "m") && token(1).symbol("^") && token(2).symbol("{") && (token(3).text == "2" || token(3).text == "3") && token(4).symbol("}") &&
                    token(5).kind == TokenKind::end && at_ > 0 && tokens_[at_ - 1].kind == TokenKind::number;
  if (area) return true;
  return t.kind == TokenKind::letters && (is_word(t.text) || (t.text.size() > 1 && is_unit(t.text)));
}

// What stands behind a number: "cm^2", "\text{ km/h}", "apples".
std::optional<std::string> Parser::unit() {
  std::string out;
  int words = 0;
  while (word_follows()) {
    std::string text = token().text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (text == "percent" || text == "percentage" || text == "pct") return out.empty() ? std::nullopt : std::optional(out);
    const bool table = unit_of(text).dimension.size() > 0 || is_unit(text);
    if (!table && !may_name_a_count(text)) fail("words in the answer");
    if (++words > 3) fail("a sentence in the answer");
    next();
    out += (out.empty() ? "" : "*") + text;
    if (symbol("^") && token(1).kind == TokenKind::number) {
      out += "^" + token(1).text;
      next(), next();
    } else if (symbol("^") && token(1).symbol("{")) {
      next(), next();
      out += take("-") ? "^-" : "^";
      if (token().kind != TokenKind::number) fail("the power of a unit");
      out += token().text;
      next();
      expect("}");
    }
    if (symbol("/") && (token(1).kind == TokenKind::word || token(1).kind == TokenKind::letters)) {
      next();
      std::string below = token().text;
      next();
      out += "/" + below;
    }
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

bool Parser::degree_mark() {
  if (!symbol("^")) return false;
  if (token(1).command("circ") || token(1).command("degree")) {
    next(), next();
    return true;
  }
  if (token(1).symbol("{") && token(2).command("circ") && token(3).symbol("}")) {
    next(), next(), next(), next();
    return true;
  }
  return false;
}

Expression Parser::script() {
  if (symbol("{")) {
    next();
    if (command("prime") || symbol("'")) {
      Expression primes = make_node(Kind::symbol, "", {});
      while (take("'")) primes.name += "'";
      expect("}");
      return primes;
    }
    if (function_name(token()) && token(1).symbol("}")) {  // m_{\max}
      Expression label = make_node(Kind::symbol, token().text, {});
      next(), next();
      return label;
    }
    if ((symbol("+") || symbol("-")) && token(1).symbol("}")) {
      Expression side = make_node(Kind::symbol, token().text, {});
      next(), next();
      return side;
    }
    Expression inside = list();
    expect("}");
    return inside;
  }
  if (symbol("-") || symbol("+")) {
    const bool minus = symbol("-");
    next();
    if (symbol("}")) return make_node(Kind::symbol, minus ? "-" : "+", {});  // x \to 0^+
    Expression value = base();
    return minus ? make_negative(std::move(value)) : value;
  }
  // In LaTeX a script without braces is one token: x^23 is x^2 3; plain text means x^{23}.
  return base();
}

Expression Parser::factor() {
  const Level level(*this);
  return postfixes(base());
}

Expression Parser::postfixes(Expression value) {
  std::optional<Expression> power;
  while (true) {
    const Level level(*this);
    if (degree_mark() || (command("degree") && (next(), true))) {
      const bool temperature = token().is(TokenKind::letters, "C") || token().is(TokenKind::letters, "F");
      std::string scale = temperature ? "degree" + token().text : "degree";
      if (temperature) next();
      value = make_node(Kind::quantity, std::move(scale), {std::move(value)});
    } else if (symbol("^") && !power) {
      next();
      Expression exponent = script();
      if (exponent.is(Kind::symbol) && (exponent.name.empty() || exponent.name[0] == '\'')) {
        value.name += exponent.name.empty() ? "'" : exponent.name;
        continue;
      }
      if (!symbol("{")) while (take("^")) exponent = make_node(Kind::power, "", {std::move(exponent), script()});
      power = std::move(exponent);
    } else if (take("_")) {
      const Expression subscript = script();
      if (value.is(Kind::number) && value.decimals < 0 && subscript.is(Kind::number) && subscript.number.is_small()) {
        value.kind = Kind::based;
        value.name = to_text(subscript);
      } else if (value.is(Kind::symbol) || value.is(Kind::constant)) {
        value.kind = Kind::symbol;
        value.name += "_{" + to_text(subscript) + "}";
      } else if (value.is(Kind::mul) || value.is(Kind::call)) {
        value = make_node(Kind::symbol, to_text(value) + "_{" + to_text(subscript) + "}", {});
      } else {
        fail("a subscript on what is no name");
      }
    } else if (symbol("'") || symbol("''")) {
      value.name += token().text;
      next();
    } else if (take("!")) {
      if (power) {
        value = make_node(Kind::power, "", {std::move(value), std::move(*power)});
        power.reset();
      }
      value = make_node(Kind::call, "factorial", {std::move(value)});
    } else if (symbol("%") || token().is(TokenKind::letters, "percent") || token().is(TokenKind::letters, "pct") ||
               token().is(TokenKind::letters, "percentage") || token().is(TokenKind::word, "percent")) {
      next();
      value = make_node(Kind::percent, "", {std::move(value)});
    } else {
      break;
    }
  }
  if (power) value = make_node(Kind::power, "", {std::move(value), std::move(*power)});
  if (value.is(Kind::number) || value.is(Kind::power) || value.is(Kind::mul) || value.is(Kind::call) || value.is(Kind::constant) || value.is(Kind::tuple))
    if (word_follows())
      if (std::optional<std::string> name = unit()) value = make_node(Kind::quantity, *name, {std::move(value)});
  return value;
}

Expression Parser::base() {
  const Level level(*this);
  const Token& t = token();
  switch (t.kind) {
    case TokenKind::number: return number();
    case TokenKind::letters: return letters();
    case TokenKind::command: return greek_or_command();
    case TokenKind::word: {
      if (const std::optional<std::string> function = function_name(t)) {
        next();
        return call(*function);
      }
      if (t.text.size() == 1 && std::isalpha(static_cast<unsigned char>(t.text[0])) != 0) {
        const std::string run = t.text;
        next();
        return name(run);
      }
      fail("words in the answer");
    }
    case TokenKind::symbol: break;
    case TokenKind::end: fail("something is missing at the end");
  }
  if (symbol("(") || symbol("[")) return brackets();
  if (symbol("]")) return outward_interval();
  if (symbol("{")) return braces();
  if (symbol("{|")) return set_braces();
  if (symbol("|")) return bars();
  if (symbol("...")) {
    next();
    return make_node(Kind::symbol, "\\ldots", {});
  }
  fail("'" + t.text + "' where a value was expected");
}

// 1 \frac{1}{2}, 7 3/4: an integer, then a proper fraction of integers.
bool Parser::mixed_number_follows() const {
  const auto integer = [](const Token& t) {
    return t.kind == TokenKind::number && t.text.find_first_not_of("0123456789") == std::string::npos && t.text.size() < 16;
  };
  const auto proper = [](const std::string& a, const std::string& b) { return std::stoll(a) < std::stoll(b); };
  const Token& t = token();
  if (t.kind == TokenKind::command && t.text.ends_with("frac")) {
    if (token(1).symbol("{") && integer(token(2)) && token(3).symbol("}") && token(4).symbol("{") && integer(token(5)) && token(6).symbol("}"))
      return proper(token(2).text, token(5).text);
    return integer(token(1)) && token(1).text.size() == 2 && token(1).text[0] < token(1).text[1];
  }
  return t.space && integer(t) && token(1).symbol("/") && integer(token(2)) && proper(t.text, token(2).text);
}

Expression Parser::number() {
  const std::string text = token().text;
  next();
  Expression value = literal(text);
  const bool integer = value.decimals < 0;
  if (command("overline") && value.decimals >= 0 && token(1).symbol("{") && token(2).kind == TokenKind::number && token(3).symbol("}")) {
    const std::string repeat = token(2).text;
    next(), next(), next(), next();
    if (repeat.find_first_not_of("0123456789") != std::string::npos) fail("a repeating decimal");
    const auto places = static_cast<int64_t>(repeat.size());
    const Rational period = Rational::from_digits(repeat, 0) / (Rational::power_of_ten(places) - Rational(1));
    return make_number(value.number + period * Rational::power_of_ten(-value.decimals));
  }
  if (!integer || !mixed_number_follows()) return value;
  Expression part = token().kind == TokenKind::number ? Expression{} : fraction();
  if (!part.is(Kind::number)) {
    const Rational above = literal(token().text).number, below = literal(token(2).text).number;
    next(), next(), next();
    part = make_number(above / below);
  }
  return make_number(value.number + part.number);
}

Expression Parser::letters() {
  const Token t = token();
  if (const std::optional<std::string> function = function_name(t)) {
    next();
    return call(*function);
  }
  const size_t size = t.text.size();
  if (integrals_ > 0 && size >= 2 && t.text[size - 2] == 'd') {
    next();
    Expression differential = make_node(Kind::symbol, "d " + t.text.substr(size - 1), {});
    if (size == 2) return differential;
    return make_node(Kind::mul, "", {name(t.text.substr(0, size - 2)), std::move(differential)});
  }
  if (integrals_ > 0 && t.text == "d" && token(1).kind == TokenKind::letters && token(1).text.size() == 1) {  // \mathrm{d}x
    next(), next();
    return make_node(Kind::symbol, "d " + tokens_[at_ - 1].text, {});
  }
  if (t.text == "Eq" && token(1).symbol("(")) fail("a call of code");
  if (is_word(t.text)) fail("words in the answer");
  next();
  return name(t.text);
}

// A run of letters without a meaning of its own is a product of variables; f(x) and g(x) are unknown functions.
Expression Parser::name(const std::string& run) {
  if (run == "pi") return make_node(Kind::constant, "pi", {});
  if (run == "inf" || run == "oo") return make_node(Kind::constant, "infinity", {});
  const auto one = [](char c) {
    if (c == 'e') return make_node(Kind::constant, "e", {});
    if (c == 'i') return make_node(Kind::constant, "i", {});
    return make_node(Kind::symbol, std::string(1, c), {});
  };
  if ((run == "f" || run == "g") && symbol("(")) return make_node(Kind::call, run, arguments());
  if ((run == "f" || run == "g") && symbol("{") && token(1).symbol("(")) {  // f{\left(x\right)}
    next();
    std::vector<Expression> values = arguments();
    expect("}");
    return make_node(Kind::call, run, std::move(values));
  }
  std::vector<Expression> factors;
  for (size_t i = 0; i + 1 < run.size(); ++i) factors.push_back(one(run[i]));
  Expression last = one(run.back());
  if (factors.empty()) return last;
  // A script belongs to the last letter.
  if (symbol("^") || symbol("_")) last = postfixes(std::move(last));
  factors.push_back(std::move(last));
  return make_node(Kind::mul, "", std::move(factors));
}

Expression Parser::braces() {
  expect("{");
  if (take("}")) fail("an empty group");
  Expression inside = list();
  if (command("choose") || command("over")) {
    const bool choose = command("choose");
    next();
    Expression below = list();
    expect("}");
    if (choose) return make_node(Kind::call, "binom", {std::move(inside), std::move(below)});
    return make_quotient(std::move(inside), std::move(below));
  }
  expect("}");
  if (inside.is(Kind::list)) inside.kind = Kind::set;  // {1, 2} in plain text
  return inside;
}

// \{1, 2\}, \{\}, \{x : x > 0\}
Expression Parser::set_braces() {
  expect("{|");
  if (take("|}")) return make_node(Kind::set, "", {});
  const bool outer = set_head_;
  set_head_ = true;
  Expression inside = list();
  set_head_ = outer;
  if (take("|") || take(":") || take("mid")) {
    Expression condition = list();
    expect("|}");
    return condition;
  }
  expect("|}");
  if (inside.is(Kind::list)) {
    inside.kind = Kind::set;
    return inside;
  }
  return make_node(Kind::set, "", {std::move(inside)});
}

Expression Parser::bars() {
  expect("|");
  ++bars_;
  Expression inside = sum();
  --bars_;
  expect("|");
  return make_node(Kind::call, "abs", {std::move(inside)});
}

// (a), (a, b), [a, b), [a, b, c], (0,)
Expression Parser::brackets() {
  const std::string open = token().text;
  next();
  const int outer = bars_;
  const bool head = set_head_;
  bars_ = 0, set_head_ = false;
  bool trailing = false;
  std::vector<Separator> between;
  std::vector<Expression> all = items(trailing, between);
  bars_ = outer, set_head_ = head;
  if (!symbol(")") && !symbol("]")) fail("a bracket that is not closed");
  const std::string kind = open + token().text;
  next();
  if (all.size() == 1 && !trailing) {
    if (kind != "()" && kind != "[]") fail("brackets that do not match");
    return std::move(all[0]);
  }
  if (all.size() == 2 && kind != "()") return make_node(Kind::interval, kind, std::move(all));
  if (kind != "()" && kind != "[]") fail("brackets that do not match");
  return make_node(Kind::tuple, kind, std::move(all));
}

// ]a, b[ and its relatives.
Expression Parser::outward_interval() {
  expect("]");
  outward_ = true;
  bool trailing = false;
  std::vector<Separator> between;
  std::vector<Expression> all = items(trailing, between);
  outward_ = false;
  if (all.size() != 2 || (!symbol("[") && !symbol("]"))) fail("an interval");
  const std::string close = symbol("[") ? ")" : "]";
  next();
  return make_node(Kind::interval, "(" + close, std::move(all));
}

}  // namespace rlreason::data::math
