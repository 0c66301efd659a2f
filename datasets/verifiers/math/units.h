// Units behind a number: recognised at the end only, so that no letter inside an expression is ever deleted.
//
// A unit is a canonical name such as "cm^2" or "km/h", or the words as written ("apples").  Names in the table have a
// dimension and an exact scale; two answers in different known units are compared after scaling.
// Not here: single letters (m, g, s) written without \text or \mathrm: they are variables.
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "datasets/verifiers/math/rational.h"

namespace rlreason::data::math {

bool is_unit(std::string_view name);              // in the table: cm, kg, hours, dollars, …
bool may_name_a_count(std::string_view word);     // a word that can stand behind a number: "apples", not "because"

struct Unit {
  std::string dimension;  // "length^2 time^-1"; empty: not in the table
  Rational scale{1};
};
Unit unit_of(const std::string& name);

}  // namespace rlreason::data::math
