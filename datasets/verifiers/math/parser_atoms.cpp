// Numbers and letters.
#include <algorithm>

#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/parser_impl.h"

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
  return make_number(value * Rational::power_of_ten(exponent),
                     std::max<int64_t>(0, decimals - exponent));
}

}  // namespace

Expression Parser::base() {
  const Level level(*this);
  const Token& t = token();
  switch (t.kind) {
    case TokenKind::number:
      return number();
    case TokenKind::letters:
      return letters();
    case TokenKind::command:
      return greek_or_command();
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
    case TokenKind::symbol:
      break;
    case TokenKind::end:
      fail("something is missing at the end");
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
    return t.kind == TokenKind::number &&
           t.text.find_first_not_of("0123456789") == std::string::npos && t.text.size() < 16;
  };
  const auto proper = [](const std::string& a, const std::string& b) {
    return std::stoll(a) < std::stoll(b);
  };
  const Token& t = token();
  if (t.kind == TokenKind::command && t.text.ends_with("frac")) {
    if (token(1).symbol("{") && integer(token(2)) && token(3).symbol("}") && token(4).symbol("{") &&
        integer(token(5)) && token(6).symbol("}"))
      return proper(token(2).text, token(5).text);
    return integer(token(1)) && token(1).text.size() == 2 && token(1).text[0] < token(1).text[1];
  }
  return t.space && integer(t) && token(1).symbol("/") && integer(token(2)) &&
         proper(t.text, token(2).text);
}

Expression Parser::number() {
  const std::string text = token().text;
  next();
  Expression value = literal(text);
  const bool integer = value.decimals < 0;
  if (command("overline") && value.decimals >= 0 && token(1).symbol("{") &&
      token(2).kind == TokenKind::number && token(3).symbol("}")) {
    const std::string repeat = token(2).text;
    next(), next(), next(), next();
    if (repeat.find_first_not_of("0123456789") != std::string::npos) fail("a repeating decimal");
    const auto places = static_cast<int64_t>(repeat.size());
    const Rational period =
        Rational::from_digits(repeat, 0) / (Rational::power_of_ten(places) - Rational(1));
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
  if (integrals_ > 0 && t.text == "d" && token(1).kind == TokenKind::letters &&
      token(1).text.size() == 1) {  // \mathrm{d}x
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

}  // namespace rlreason::data::math
