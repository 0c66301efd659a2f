// Sets of real numbers as disjoint intervals in order: what unions, inequalities and "all x but 2" are compared by.
//
// An open tuple (a, b) is an interval here.  A list of inequalities is their union, or, where that is everything, their
// intersection.  One variable; inequalities are linear in it.
// Errors: none; what is no such set, or has endpoints that cannot be ordered, gives nothing.
// Thread safety: pure.
#pragma once

#include <optional>
#include <vector>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/scalars.h"

namespace rlreason::data::math {

struct Piece {
  std::optional<Expression> low, high;  // absent: unbounded
  bool low_closed = false, high_closed = false;
};
using RealSet = std::vector<Piece>;

std::optional<RealSet> real_set(const Expression& expression, Scalars& scalars);
bool equal_sets(const RealSet& a, const RealSet& b, Scalars& scalars);
bool is_inequality(const Expression& e);  // <, >, <=, >=, !=

}  // namespace rlreason::data::math
