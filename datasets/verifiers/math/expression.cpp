#include "datasets/verifiers/math/expression.h"

#include <fmt/core.h>

#include <algorithm>

namespace rlreason::data::math {
namespace {

std::vector<std::string> texts_of(const Expression& e) {
  std::vector<std::string> out;
  out.reserve(e.items.size());
  for (const Expression& item : e.items) out.push_back(to_text(item));
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string sorted(const Expression& e, std::string_view separator) {
  std::vector<std::string> parts = texts_of(e);
  std::sort(parts.begin(), parts.end());
  return joined(parts, separator);
}

std::string inside(const Expression& e) {
  const bool simple = e.is(Kind::symbol) || e.is(Kind::constant) || e.is(Kind::call) ||
                      (e.is(Kind::number) && e.number.is_integer() && e.number.sign() >= 0);
  return simple ? to_text(e) : "(" + to_text(e) + ")";
}

std::string factors(const Expression& e) {
  std::vector<std::string> parts;
  for (const Expression& item : e.items)
    parts.push_back(item.is(Kind::add) ? inside(item) : to_text(item));
  std::sort(parts.begin(), parts.end());
  return joined(parts, "*");
}

}  // namespace

Expression make_number(Rational value, int64_t decimals) {
  Expression e;
  e.kind = Kind::number;
  e.number = std::move(value);
  e.decimals = decimals;
  return e;
}

Expression make_node(Kind kind, std::string name, std::vector<Expression> items) {
  Expression e;
  e.kind = kind;
  e.name = std::move(name);
  e.items = std::move(items);
  return e;
}

Expression make_negative(Expression value) {
  if (value.is(Kind::number)) return make_number(-value.number, value.decimals);
  if (value.is(Kind::percent) || value.is(Kind::quantity)) {
    value.items[0] = make_negative(std::move(value.items[0]));
    return value;
  }
  return make_node(Kind::mul, "", {make_number(Rational(-1)), std::move(value)});
}

Expression make_quotient(Expression numerator, Expression denominator) {
  const bool literals = numerator.is(Kind::number) && denominator.is(Kind::number) &&
                        numerator.decimals < 0 && denominator.decimals < 0 &&
                        !denominator.number.is_zero();
  if (literals) return make_number(numerator.number / denominator.number);
  if (numerator.is(Kind::number) && numerator.decimals < 0 && numerator.number == Rational(1))
    return make_node(Kind::power, "", {std::move(denominator), make_number(Rational(-1))});
  return make_node(
      Kind::mul, "",
      {std::move(numerator),
       make_node(Kind::power, "", {std::move(denominator), make_number(Rational(-1))})});
}

std::string to_text(const Expression& e) {
  switch (e.kind) {
    case Kind::number:
      return e.number.text();
    case Kind::based:
      return e.number.text() + "_" + e.name;
    case Kind::symbol:
    case Kind::constant:
    case Kind::text:
      return e.name;
    case Kind::add:
      return sorted(e, " + ");
    case Kind::mul:
      return factors(e);
    case Kind::power:
      return inside(e.items[0]) + "^" + inside(e.items[1]);
    case Kind::call:
    case Kind::bound:
      return e.name + "(" + joined(texts_of(e), ", ") + ")";
    case Kind::plus_minus:
      return "+-" + inside(e.items[0]);
    case Kind::percent:
      return to_text(e.items[0]) + "%";
    case Kind::quantity:
      return to_text(e.items[0]) + " " + e.name;
    case Kind::relation:
      return to_text(e.items[0]) + " " + e.name + " " + to_text(e.items[1]);
    case Kind::chain:
      return joined(texts_of(e), " and ");
    case Kind::list:
      return sorted(e, ", ");
    case Kind::set:
      return "{" + sorted(e, ", ") + "}";
    case Kind::tuple:
      return "(" + joined(texts_of(e), ", ") + ")";
    case Kind::interval:
      return e.name.substr(0, 1) + joined(texts_of(e), ", ") + e.name.substr(1);
    case Kind::join:
      return e.name + "(" + joined(texts_of(e), ", ") + ")";
    case Kind::matrix:
      return "matrix " + e.name + "[" + joined(texts_of(e), ", ") + "]";
    case Kind::ratio:
      return joined(texts_of(e), ":");
  }
  return {};
}

bool any_of(const Expression& expression, bool (*test)(const Expression&)) {
  if (test(expression)) return true;
  return std::any_of(expression.items.begin(), expression.items.end(),
                     [&](const Expression& item) { return any_of(item, test); });
}

}  // namespace rlreason::data::math
