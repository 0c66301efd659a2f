// An answer's tree in the form in which it is compared: names swapped to the left, chains shortened, +- written out.
#pragma once

#include <optional>
#include <vector>

#include "datasets/verifiers/math/expression.h"

namespace rlreason::data::math {

Expression reduced(Expression e);
// The values of "p = 5, q = 2": nothing unless every item gives a value a name.
std::optional<std::vector<Expression>> named_values(const Expression& e);
bool has_symbols(const Expression& e);
bool is_scalar(const Expression& e);
// Sums and scalar multiples of matrices as one matrix.
std::optional<Expression> as_matrix(const Expression& e);

}  // namespace rlreason::data::math
