// Polynomials in x with whole coefficients as text: "2x^2-5x-12".  Verifier `polynomial`.
//
// An answer is a sum of terms, each power at most once, in any order, with or without "*" and spaces; equal when every
// coefficient is.  No brackets: an answer that is not multiplied out is wrong.  At most degree 99 and 15 digits.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rlreason::data {

using Polynomial = std::map<int64_t, int64_t>;  // power -> coefficient, none of them 0

std::string written(const Polynomial& polynomial);  // falling powers; "0" when empty
std::string term(int64_t coefficient, int64_t power);  // "-3x^2"
std::optional<Polynomial> polynomial_from(std::string_view text);

}  // namespace rlreason::data
