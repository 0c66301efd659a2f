// Are two scalar expressions the same number or the same function of their symbols?
//
//   1. exact rational values where both have one;
//   2. otherwise balls: constants at 128 and 512 bits, expressions with symbols at keyed points, positive first, then of
//      either sign and integers.  Disjoint balls prove a difference; agreement to half of the bits at every point is an identity.
// A point where a root or logarithm of a negative number was taken does not count, unless |x| occurs.
// What is no elementary function (an integral, a limit, f(x), a sum to n) is an unknown: equal unknowns have equal parts.
// Thread safety: a value; one for each judgement.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/fuel.h"

namespace rlreason::data::math {

class Scalars {
 public:
  explicit Scalars(Fuel& fuel) : fuel_(fuel) {}

  bool same(const Expression& a, const Expression& b);
  // a = c * b for a constant c that is not 0 (positive where `positive`): the two sides of one equation.
  bool proportional(const Expression& a, const Expression& b, bool positive);
  // |a - b| <= tolerance, for numbers without symbols.
  bool within(const Expression& a, const Expression& b, const Rational& tolerance);
  // -1, 0, 1; nothing for what has no real value or symbols.
  std::optional<int> order(const Expression& a, const Expression& b);
  // `decimal` is how `exact` looks with its digits: rounded behind `decimals` places, or, from `cut_from` places on, cut off.
  bool rounds_to(const Expression& exact, const Rational& decimal, int64_t decimals, int64_t cut_from);
  // A value with some twenty digits, for grouping answers; empty for what has symbols.
  std::string digits(const Expression& a);

 private:
  // Elementary functions only, with unknowns as symbols "#0", "#1", …
  Expression prepared(const Expression& e, int depth = 0);
  Expression unknown(Expression e);
  Expression expanded_sum(const Expression& e, int depth, bool& done);

  Fuel& fuel_;
  std::vector<Expression> unknowns_;
};

// Every use of the symbol replaced.
Expression substituted(const Expression& e, const std::string& symbol, const Expression& value);

}  // namespace rlreason::data::math
