// Which runs of letters mean something: functions, constants, words; and which expressions only give a value its name.
#pragma once

#include <string_view>

#include "datasets/verifiers/math/expression.h"

namespace rlreason::data::math {

bool is_function(std::string_view name);  // sin, sqrt, gcd, …
bool is_trigonometric(std::string_view name);
bool is_word(std::string_view run);  // a run of letters that is no product of variables: "dollars"
// x, a_{n}, f(x), |AB|, AB, \angle ABC, NO/BO, (p, q), A:B, words: what may stand before "=" without being part of the answer.
bool is_name(const Expression& expression);

}  // namespace rlreason::data::math
