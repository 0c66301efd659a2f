// The one typed tree into which every answer is read, from LaTeX or from plain text.
//
// kind        name                    items
// number      -                       -            `number`; `decimals` >= 0 when it was written with a point
// symbol      x, x_{1}, AB, \theta    -
// constant    pi, e, i, infinity      -
// add, mul    -                       terms, factors
// power       -                       base, exponent
// call        sin, sqrt, f, …         arguments    the name in lower case; f, g: unknown functions
// bound       sum, prod, int, lim     body, variable, lower, upper (empty text where absent)
// plus_minus  -                       value        +- value, inside add
// percent     -                       value        value / 100, written with a sign
// quantity    unit                    value
// based       5                       -            `number` written in base `name`, e.g. 204_5
// relation    = < > <= >= != in …     left, right
// chain       -                       relations
// list        -                       items of "a, b": no order
// set         -                       items of {a, b}
// tuple       -                       items of (a, b) or [a, b, c]: ordered
// interval    "[)" …                  low, high
// join        union, intersection, difference    sets
// matrix      "rows x columns"        elements, by row
// ratio       -                       parts of a : b : c
// text        normalised words        -
//
// Invariants: at most kMostNodes nodes, depth at most kMostDepth (kept by the parser).
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/verifiers/math/rational.h"

namespace rlreason::data::math {

enum class Kind : uint8_t {
  number, symbol, constant, add, mul, power, call, bound, plus_minus, percent, quantity, based,
  relation, chain, list, set, tuple, interval, join, matrix, ratio, text
};

struct Expression {
  Kind kind = Kind::text;
  std::string name{};
  std::vector<Expression> items{};
  Rational number{};
  int64_t decimals = -1;

  bool is(Kind wanted) const { return kind == wanted; }
  bool is(Kind wanted, std::string_view wanted_name) const { return kind == wanted && name == wanted_name; }
};

Expression make_number(Rational value, int64_t decimals = -1);
Expression make_node(Kind kind, std::string name, std::vector<Expression> items);
Expression make_negative(Expression value);  // a literal stays one
Expression make_quotient(Expression numerator, Expression denominator);

// A readable, canonical form: "x^2 + 2*x + 1" with terms and factors in a fixed order.
std::string to_text(const Expression& expression);

bool any_of(const Expression& expression, bool (*test)(const Expression&));

}  // namespace rlreason::data::math
