// What stands behind a value: scripts, primes, factorials, percent signs, degrees, units.
#include <algorithm>

#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/parser_impl.h"
#include "datasets/verifiers/math/units.h"

namespace rlreason::data::math {

bool Parser::word_follows() const {
  const Token& t = token();
  if (t.kind == TokenKind::word) return !is_connective(t.text);
  const bool area = t.is(TokenKind::letters, "m") && token(1).symbol("^") && token(2).symbol("{") &&
                    (token(3).text == "2" || token(3).text == "3") && token(4).symbol("}") &&
                    token(5).kind == TokenKind::end && at_ > 0 &&
                    tokens_[at_ - 1].kind == TokenKind::number;
  if (area) return true;
  return t.kind == TokenKind::letters &&
         (is_word(t.text) || (t.text.size() > 1 && is_unit(t.text)));
}

// What stands behind a number: "cm^2", "\text{ km/h}", "apples".
std::optional<std::string> Parser::unit() {
  std::string out;
  int words = 0;
  while (word_follows()) {
    std::string text = token().text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (text == "percent" || text == "percentage" || text == "pct")
      return out.empty() ? std::nullopt : std::optional(out);
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
      const bool temperature =
          token().is(TokenKind::letters, "C") || token().is(TokenKind::letters, "F");
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
      if (!symbol("{"))
        while (take("^")) exponent = make_node(Kind::power, "", {std::move(exponent), script()});
      power = std::move(exponent);
    } else if (take("_")) {
      const Expression subscript = script();
      if (value.is(Kind::number) && value.decimals < 0 && subscript.is(Kind::number) &&
          subscript.number.is_small()) {
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
    } else if (symbol("%") || token().is(TokenKind::letters, "percent") ||
               token().is(TokenKind::letters, "pct") ||
               token().is(TokenKind::letters, "percentage") ||
               token().is(TokenKind::word, "percent")) {
      next();
      value = make_node(Kind::percent, "", {std::move(value)});
    } else {
      break;
    }
  }
  if (power) value = make_node(Kind::power, "", {std::move(value), std::move(*power)});
  if (value.is(Kind::number) || value.is(Kind::power) || value.is(Kind::mul) ||
      value.is(Kind::call) || value.is(Kind::constant) || value.is(Kind::tuple))
    if (word_follows())
      if (std::optional<std::string> name = unit())
        value = make_node(Kind::quantity, *name, {std::move(value)});
  return value;
}

}  // namespace rlreason::data::math
