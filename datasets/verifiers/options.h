// What a question says about how its answer is to be read: tolerances, where the answer stands, what counts as the same.
//
// The defaults are the rules of the default verifier (datasets/verifiers/math); a dataset row or a suite may change them.
// A verifier that has no use for an option ignores it and says so in its header.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"

namespace rlreason::data {

struct AnswerOptions {
  int64_t float_rounding = 6;
  std::vector<double> abs_tol{};
  bool strict = true;
  bool allow_set_relation_comp = true;
  std::vector<std::string> extract{};
  bool answer_after_think = false;
  bool require_boxed = false;
  bool require_marker = false;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = AnswerOptions;
    return std::tuple{
        field(&C::float_rounding, "float_rounding", "decimals to which a decimal number is compared", in(0, 64)),
        field(&C::abs_tol, "abs_tol", "absolute tolerance: one for all, or one for each element of a list; empty: none"),
        field(&C::strict, "strict", "variables must have the gold's names"),
        field(&C::allow_set_relation_comp, "allow_set_relation_comp", "an inequality may answer for the set that it describes"),
        field(&C::extract, "extract", "readings of a response that count: latex, expr, letters; empty: all that fit"),
        field(&C::answer_after_think, "answer_after_think", "only what follows the closing think mark is read; without one there is no answer"),
        field(&C::require_boxed, "require_boxed", "the answer must be in \\boxed{}"),
        field(&C::require_marker, "require_marker", "the answer must follow a marker such as 'the answer is'")};
  }
  bool operator==(const AnswerOptions&) const = default;
};

}  // namespace rlreason::data
