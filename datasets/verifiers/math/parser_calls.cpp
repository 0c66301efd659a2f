// Functions, fractions and roots, sums and integrals, matrices, and commands that stand for a symbol.
#include <algorithm>
#include <array>

#include "datasets/verifiers/math/names.h"
#include "datasets/verifiers/math/parser_impl.h"

namespace rlreason::data::math {
namespace {

constexpr std::array<std::string_view, 9> kMatrices = {"matrix",  "pmatrix",     "bmatrix",
                                                       "Bmatrix", "vmatrix",     "Vmatrix",
                                                       "array",   "smallmatrix", "psmallmatrix"};
constexpr std::array<std::string_view, 5> kBounds = {"sum", "prod", "int", "lim", "iint"};
constexpr std::array<std::string_view, 10> kDecorations = {
    "vec", "hat", "bar", "overline", "underline", "tilde", "widehat", "overrightarrow",
    "dot", "ddot"};

template <size_t N>
bool among(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Degrees inside a trigonometric function are an angle.
void degrees_to_radians(Expression& e) {
  for (Expression& item : e.items) degrees_to_radians(item);
  if (!e.is(Kind::quantity, "degree")) return;
  e = make_node(
      Kind::mul, "",
      {std::move(e.items[0]), make_node(Kind::constant, "pi", {}), make_number(Rational(1, 180))});
}

// The integrand without its differential; the variable goes into `variable`.
bool remove_differential(Expression& e, std::string& variable) {
  if (e.is(Kind::symbol) && e.name.starts_with("d ")) {
    variable = e.name.substr(2);
    e = make_number(Rational(1));
    return true;
  }
  return std::any_of(e.items.begin(), e.items.end(),
                     [&](Expression& item) { return remove_differential(item, variable); });
}

}  // namespace

std::optional<std::string> Parser::function_name(const Token& t) const {
  if (t.kind == TokenKind::word && is_function(t.text) && token(1).symbol("("))
    return t.text;  // \text{lcm}(4, 6)
  if (t.kind != TokenKind::letters && t.kind != TokenKind::command) return std::nullopt;
  if (t.text == "tg") return "tan";
  if (t.text == "ctg") return "cot";
  if (t.text == "arctg") return "arctan";
  for (const std::string_view name : {"sinh", "cosh", "tanh"})
    for (const std::string_view before : {"arc", "a", "ar"})
      if (t.text == std::string(before) + std::string(name)) return "ar" + std::string(name);
  if (!is_function(t.text)) return std::nullopt;
  if (t.text == "binom" && t.kind == TokenKind::command) return std::nullopt;
  return t.text;
}

std::vector<Expression> Parser::arguments() {
  expect("(");
  const int outer = bars_;
  bars_ = 0;
  bool trailing = false;
  std::vector<Separator> between;
  std::vector<Expression> all = items(trailing, between);
  bars_ = outer;
  expect(")");
  return all;
}

// The argument of a function without brackets: "2x" in \sin 2x, not the \cos b of \sin a \cos b.
Expression Parser::argument() {
  const Level level(*this);
  if (symbol("-")) {
    next();
    return make_negative(argument());
  }
  if (const std::optional<std::string> inner = function_name(token())) {
    next();
    return call(*inner);
  }
  std::vector<Expression> factors;
  factors.push_back(factor());
  while (starts_factor() && !symbol("(") && !symbol("[") && !symbol("{|") &&
         !function_name(token()) && !command("begin matrix"))
    factors.push_back(factor());
  if (factors.size() == 1) return std::move(factors[0]);
  return make_node(Kind::mul, "", std::move(factors));
}

// REQUIRES: the name has been taken.  \sin^2 x, \log_2 8, \sqrt[3]{x}, \gcd(a, b)
Expression Parser::call(const std::string& function) {
  const Level level(*this);
  if (function == "sqrt") return root();
  std::optional<Expression> power, base_of;
  while (symbol("^") || symbol("_")) {
    const bool up = symbol("^");
    next();
    (up ? power : base_of) = script();
  }
  std::vector<Expression> values;
  if (symbol("("))
    values = arguments();
  else
    values.push_back(argument());
  if (values.size() == 1 &&
      (function == "max" || function == "min" || function == "gcd" || function == "lcm"))
    if (values[0].is(Kind::list) || values[0].is(Kind::set) || values[0].is(Kind::tuple)) {
      std::vector<Expression> inner = std::move(values[0].items);
      values = std::move(inner);
    }
  if (is_trigonometric(function))
    for (Expression& value : values) degrees_to_radians(value);
  if (base_of && function == "log") values.push_back(std::move(*base_of));
  if (function == "exp" && values.size() == 1)
    return make_node(Kind::power, "", {make_node(Kind::constant, "e", {}), std::move(values[0])});
  Expression out = make_node(Kind::call, function == "lg" ? "log" : function, std::move(values));
  if (!power) return out;
  // \sin^{-1} x is the inverse function.
  const bool hyperbolic = function == "sinh" || function == "cosh" || function == "tanh";
  if (power->is(Kind::number) && power->number == Rational(-1) &&
      (is_trigonometric(function) || hyperbolic)) {
    out.name = (hyperbolic ? "ar" : "arc") + function;
    return out;
  }
  return make_node(Kind::power, "", {std::move(out), std::move(*power)});
}

Expression Parser::one_argument() {
  if (symbol("{")) return braces();
  if (token().kind == TokenKind::number &&
      token().text.size() > 1) {  // \frac12: one digit is one argument
    Token& t = tokens_[at_];
    const std::string first = t.text.substr(0, 1);
    if (first == ".") fail("an argument");
    t.text.erase(0, 1);
    t.space = false;
    return make_number(Rational::from_digits(first, 0));
  }
  if (token().kind == TokenKind::letters && token().text.size() > 1 && !is_function(token().text)) {
    Token& t = tokens_[at_];
    const std::string first = t.text.substr(0, 1);
    t.text.erase(0, 1);
    return name(first);
  }
  return base();
}

// REQUIRES: at \frac and its relatives.
Expression Parser::fraction() {
  next();
  Expression above = one_argument();
  Expression below = one_argument();
  return make_quotient(std::move(above), std::move(below));
}

// REQUIRES: \sqrt has been taken.
Expression Parser::root() {
  Expression index = make_number(Rational(2));
  if (take("[")) {
    index = sum();
    expect("]");
  }
  Expression inside = symbol("(") ? std::move(arguments().front()) : one_argument();
  if (index.is(Kind::number) && index.number == Rational(2))
    return make_node(Kind::call, "sqrt", {std::move(inside)});
  return make_node(Kind::call, "root", {std::move(inside), std::move(index)});
}

Expression Parser::two_arguments(const std::string& function) {
  Expression first = one_argument();
  Expression second = one_argument();
  return make_node(Kind::call, function, {std::move(first), std::move(second)});
}

// REQUIRES: the operator has been taken.  items: body, variable, lower, upper
Expression Parser::bound(const std::string& name_of) {
  const Level level(*this);
  Expression variable = make_node(Kind::text, "", {}), lower = variable, upper = variable;
  while (symbol("_") || symbol("^")) {
    const bool low = symbol("_");
    next();
    Expression script_of = script();
    if (low && script_of.is(Kind::relation)) {
      variable = std::move(script_of.items[0]);
      lower = std::move(script_of.items[1]);
    } else {
      (low ? lower : upper) = std::move(script_of);
    }
  }
  if (name_of != "int") {
    Expression body = symbol("-") ? signed_term() : term();
    return make_node(Kind::bound, name_of,
                     {std::move(body), std::move(variable), std::move(lower), std::move(upper)});
  }
  ++integrals_;
  Expression body = sum();
  --integrals_;
  std::string over;
  if (!remove_differential(body, over)) fail("an integral without its differential");
  variable = make_node(Kind::symbol, over, {});
  return make_node(Kind::bound, name_of,
                   {std::move(body), std::move(variable), std::move(lower), std::move(upper)});
}

// REQUIRES: "begin <environment>" has been taken.
Expression Parser::matrix(const std::string& environment) {
  const Level level(*this);
  if (environment == "array" && symbol("{")) {  // the column specification
    while (!symbol("}") && token().kind != TokenKind::end) next();
    expect("}");
  }
  std::vector<Expression> cells;
  size_t rows = 1, columns = 0, in_row = 0;
  const std::string end = "end " + environment;
  while (!command(end)) {
    while (command("hline") || command("cline")) next();
    if (take("\\\\")) {
      if (command(end)) break;
      columns = std::max(columns, in_row);
      ++rows;
      in_row = 0;
    } else if (take("&")) {
      continue;
    } else {
      cells.push_back(sum());
      ++in_row;
      if (!symbol("&") && !symbol("\\\\") && !command(end)) fail("a cell of a matrix");
    }
  }
  next();
  columns = std::max(columns, in_row);
  if (cells.size() != rows * columns || cells.empty()) fail("a matrix whose rows differ in length");
  const std::string shape = std::to_string(rows) + "x" + std::to_string(columns);
  Expression out = make_node(Kind::matrix, shape, std::move(cells));
  if (environment == "vmatrix") return make_node(Kind::call, "det", {std::move(out)});
  return out;
}

Expression Parser::greek_or_command() {
  const std::string text = token().text;
  if (text.ends_with("frac") && text.size() <= 5) return fraction();
  next();
  if (const std::optional<std::string> function = function_name(tokens_[at_ - 1]))
    return call(*function);
  if (text == "pi") return make_node(Kind::constant, "pi", {});
  if (text == "exponentialE") return make_node(Kind::constant, "e", {});
  if (text == "imath" || text == "imaginaryI") return make_node(Kind::constant, "i", {});
  if (text == "infty" || text == "infinity") return make_node(Kind::constant, "infinity", {});
  if (text == "emptyset" || text == "varnothing") return make_node(Kind::set, "", {});
  if (text == "mathbbR")
    return make_node(Kind::interval, "()",
                     {make_negative(make_node(Kind::constant, "infinity", {})),
                      make_node(Kind::constant, "infinity", {})});
  if (text == "binom" || text == "dbinom" || text == "tbinom") return two_arguments("binom");
  if (text == "lfloor" || text == "lceil") {
    Expression inside = sum();
    if (!command(text == "lfloor" ? "rfloor" : "rceil"))
      fail("a floor or ceiling that is not closed");
    next();
    return make_node(Kind::call, text == "lfloor" ? "floor" : "ceil", {std::move(inside)});
  }
  if (among(text, kBounds)) return bound(text);
  if (text.starts_with("begin ") && among(std::string_view(text).substr(6), kMatrices))
    return matrix(text.substr(6));
  if (text.starts_with("begin ")) fail("an environment that is no matrix");
  if (among(text, kDecorations))
    return make_node(Kind::symbol, "\\" + text + "{" + to_text(one_argument()) + "}", {});
  if (text == "angle" || text == "triangle" || text == "Delta" || text == "measuredangle" ||
      text == "widehat" || text == "arc") {
    if (token().kind == TokenKind::letters || token().kind == TokenKind::command)
      return make_node(Kind::symbol, "\\" + text + " " + to_text(base()), {});
  }
  if (text == "ldots" || text == "dots" || text == "cdots" || text == "dotsc")
    return make_node(Kind::symbol, "\\ldots", {});
  if (text == "cancel" || text == "def" || text == "input" || text == "catcode" ||
      text == "newcommand" || text == "let" || text == "csname" || text == "include" ||
      text == "write" || text == "read" || text == "openout" || text == "sout" ||
      text == "overset" || text == "underset")
    fail("a command that is no mathematics");
  if (text == "varepsilon") return make_node(Kind::symbol, "\\epsilon", {});
  if (text == "varphi") return make_node(Kind::symbol, "\\phi", {});
  if (text == "varrho") return make_node(Kind::symbol, "\\rho", {});
  return make_node(Kind::symbol, "\\" + text, {});
}

}  // namespace rlreason::data::math
