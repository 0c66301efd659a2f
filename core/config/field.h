// A setting is declared once: a struct's member initialisers are its defaults, and fields() beside them lists name, help and rule.
//
//   struct Clip {
//     double high = 0.2;
//     static constexpr auto fields() {
//       return std::tuple{field(&Clip::high, "high", "ratio is clamped to <= 1 + high", at_least(0.0))};
//     }
//   };
//   void check(const Clip&);   // optional, for rules across fields (or a static member): throws UserError
//
// parse.h derives from it: YAML parsing, range checks, --set, help, the Markdown reference, JSON and the values that differ from
// their defaults.  Members may be bool, integers, double, std::string, std::filesystem::path, enums, Node (a free-form block),
// described structs, and std::optional, std::vector or std::map<std::string, ...> of these.  A rule on a container holds for
// each element.  Declarations only: including this header costs next to nothing.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace rlreason::config {

template <class C>
concept Described = requires { C::fields(); };

struct NoRule {};

// Bounds of a number, inclusive unless opened.  Non-finite values are refused unless allowed.
struct Range {
  double lo = -std::numeric_limits<double>::infinity();
  double hi = std::numeric_limits<double>::infinity();
  bool lo_open = false, hi_open = false, non_finite = false;

  constexpr Range open_low() const { return {lo, hi, true, hi_open, non_finite}; }
  constexpr Range open_high() const { return {lo, hi, lo_open, true, non_finite}; }
  constexpr Range allow_non_finite() const { return {lo, hi, lo_open, hi_open, true}; }
};

template <class T>
concept Number = std::is_arithmetic_v<T>;

constexpr Range in(Number auto lo, Number auto hi) { return {.lo = static_cast<double>(lo), .hi = static_cast<double>(hi)}; }
constexpr Range at_least(Number auto lo) { return {.lo = static_cast<double>(lo)}; }
constexpr Range at_most(Number auto hi) { return {.hi = static_cast<double>(hi)}; }
constexpr Range above(Number auto lo) { return at_least(lo).open_low(); }
constexpr Range below(Number auto hi) { return at_most(hi).open_high(); }
constexpr Range any_number() { return Range{}.allow_non_finite(); }

// A string or container that must hold something.
struct NotEmpty {};
constexpr NotEmpty not_empty() { return {}; }

// Allowed words.  On an enum member, word i names the enumerator with value i.
template <size_t N>
struct Choices {
  std::array<std::string_view, N> words;
};
template <size_t N>
constexpr Choices<N> choices(const std::string_view (&words)[N]) {
  return {std::to_array(words)};
}
template <size_t N>
constexpr Choices<N> one_of(const std::string_view (&words)[N]) {
  return choices(words);
}

// Words for enumerators whose values are not 0, 1, 2, ...: names<Mode>({{Mode::fast, "fast"}, {Mode::exact, "exact"}}).
template <class E, size_t N>
struct Names {
  std::array<std::pair<E, std::string_view>, N> table;
};
template <class E, size_t N>
constexpr Names<E, N> names(const std::pair<E, std::string_view> (&table)[N]) {
  return {std::to_array(table)};
}

template <class Owner, class T, class Rule>
struct Field {
  T Owner::*member;
  std::string_view name, help;
  Rule rule;
  bool must_be_set = false;

  constexpr Field required() const { return {member, name, help, rule, true}; }  // no default: the key must be there
};

template <class Owner, class T, class Rule = NoRule>
constexpr Field<Owner, T, Rule> field(T Owner::*member, std::string_view name, std::string_view help, Rule rule = {}) {
  return {member, name, help, rule};
}

template <Described C, class F>
void for_each_field(F&& visit) {
  std::apply([&](const auto&... each) { (visit(each), ...); }, C::fields());
}

}  // namespace rlreason::config
