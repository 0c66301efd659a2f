// The exact rational value of an expression without symbols, where it has one of bounded size.
//
// Covers + - * /, integer powers, factorials, binomials, gcd, lcm, min, max, mod, floor, ceil, |x|, perfect square roots,
// percent.  Not here: everything irrational (ball.h).  Larger than kMostBits: nothing, and the ball decides.
// Errors: Limit when the fuel is spent.
// Thread safety: pure.
#pragma once

#include <optional>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/fuel.h"

namespace rlreason::data::math {

std::optional<Rational> exact_value(const Expression& expression, Fuel& fuel);
// Digits of `number` read in the base that is written below them: 204_5 is 54; nothing for a digit that the base lacks.
std::optional<Rational> based_value(const Expression& based);

}  // namespace rlreason::data::math
