// What a plain YAML scalar is by the YAML 1.2 core schema, and its value.  Inside core/config only.
//
// null: "", ~, null, Null, NULL.  boolean: true, True, TRUE, false, ...  integer: decimal, 0o17, 0xF.  real: decimal, .inf, .nan.
// Everything else ("yes", "on", "1_000", "12:30") is text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rlreason::config::detail {

enum class ScalarType : uint8_t { null, boolean, integer, real, text };

ScalarType type_of(std::string_view text);

// REQUIRES: type_of(text) is integer.  Nothing when it does not fit T (int64_t or uint64_t).
template <class T>
std::optional<T> integer_of(std::string_view text);

// REQUIRES: type_of(text) is integer or real.  Infinite when it is too large.
double double_of(std::string_view text);

}  // namespace rlreason::config::detail
