// Do two answers, as typed trees, say the same?  One rule for each pair of types.
//
//   scalar     equal values (scalars.h); decimals by AnswerOptions; units scaled where both are known
//   list, set  one-to-one, in any order, repetitions once; tuple  in order; a list and a tuple  in order
//   interval   endpoints and brackets, unions in any order; (a, b) is a pair or an open interval
//   relation   up to a factor (positive for inequalities) and the sides' order; one variable: its set of solutions
//   name = v   also matches v alone; "a = b = c" is a = c
//   matrix     by element, after + - and products with scalars
// A set never matches a tuple, a number never a list of several, a relation between variables never its right side.
// Errors: Limit.  Thread safety: pure.
#pragma once

#include <string>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/options.h"

namespace rlreason::data::math {

struct Comparison {
  bool equal = false;
  std::string rule;  // form, value, decimal, tolerance, unit, set, tuple, interval, relation, matrix, ratio, type
};
Comparison compare(const Expression& gold, const Expression& answer, const AnswerOptions& options, Fuel& fuel);

// The answer's class for votes: equal values get equal texts where they have one.
std::string class_of(const Expression& answer, Fuel& fuel);

}  // namespace rlreason::data::math
