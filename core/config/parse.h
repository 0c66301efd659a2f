// What follows from a struct's fields(): strict parsing, resolved JSON, the values that differ from defaults, help and Markdown.
//
//   auto clip = parse<Clip>(load_yaml("recipe.yaml").at("clip"), "clip");
//
// Strict: an unknown key, a wrong type, a value out of range or a missing required key is a UserError that names file, line
// and dotted path.  1.5 is no integer (1e6 is one); non-finite numbers pass only where the rule allows them; a null node is
// the default of a struct and "nothing" of an optional.  Members absent from the tree keep the owner's initialisers.
// Round trip: to_json(parse<C>(from_json(to_json(c)))) == to_json(c).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/config/describe.h"
#include "core/config/field.h"
#include "core/config/node.h"
#include "core/config/scalars.h"
#include "core/error.h"

namespace rlreason::config {

// Overlays `node` on `value`; `path` is the dotted prefix in errors.
template <Described C>
void parse_into(const Node& node, const std::string& path, C& value);

namespace detail {

template <class T>
void check_rule(const T& value, const NotEmpty&, const Node& node, const std::string& path) {
  if (value.empty()) throw UserError("{}: {}: required something, an empty value came", node.origin().text(), path);
}

template <class T, class Rule>
void read(const Node& node, const std::string& path, const Rule& rule, T& out) {
  if constexpr (std::is_same_v<T, Node>) {
    out = node;
  } else if constexpr (Described<T>) {
    parse_into(node, path, out);
  } else if constexpr (Optional<T>) {
    if (node.is_null()) return out.reset();
    typename T::value_type value = out.value_or(typename T::value_type{});
    read(node, path, rule, value);
    out = std::move(value);
  } else if constexpr (List<T>) {
    require_list(node, path);
    if constexpr (std::is_same_v<Rule, NotEmpty>) check_rule(node.items(), rule, node, path);
    T values;
    for (const Node& item : node.items()) {
      typename T::value_type value{};
      read(item, join(path, std::to_string(values.size())), element_rule(rule), value);
      values.push_back(std::move(value));
    }
    out = std::move(values);
  } else if constexpr (Dictionary<T>) {
    require_map(node, path);
    if constexpr (std::is_same_v<Rule, NotEmpty>) check_rule(node.entries(), rule, node, path);
    T values;
    for (const auto& entry : node.entries())
      read(entry.value, join(path, entry.key), element_rule(rule), values[entry.key]);
    out = std::move(values);
  } else if constexpr (std::is_enum_v<T>) {
    out = value_of<T>(rule, read_word(node, path, words_of(rule)));
  } else if constexpr (std::is_same_v<T, bool>) {
    out = read_bool(node, path);
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_unsigned_v<T>)
      out = static_cast<T>(read_unsigned(node, path, range_of(rule), std::numeric_limits<T>::max()));
    else
      out = static_cast<T>(read_integer(node, path, range_of(rule), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::is_floating_point_v<T>) {
    out = static_cast<T>(read_number(node, path, range_of(rule)));
  } else {
    static_assert(Text<T>, "a field is of a type that core/config cannot read");
    if constexpr (WordRule<Rule>)
      out = T(read_word(node, path, words_of(rule)));
    else
      out = T(read_text(node, path));
    if constexpr (std::is_same_v<Rule, NotEmpty>) check_rule(out, rule, node, path);
  }
}

// A static member C::check, or a free check(const C&) in C's namespace; its sentence gets the place of the block.
template <class C>
void run_check(const C& value, const Node& node, const std::string& path) {
  try {
    if constexpr (requires { C::check(value); })
      C::check(value);
    else if constexpr (requires { check(value); })
      check(value);
  } catch (const UserError& error) {
    throw UserError("{}: {}{}{}", node.origin().text(), path, path.empty() ? "" : ": ", error.what());
  }
}

}  // namespace detail

template <Described C>
void parse_into(const Node& node, const std::string& path, C& value) {
  detail::require_map(node, path);
  detail::refuse_unknown_keys(node, path, field_names<C>());
  for_each_field<C>([&](const auto& f) {
    const std::string here = detail::join(path, f.name);
    if (const Node* found = node.find(f.name))
      detail::read(*found, here, f.rule, value.*(f.member));
    else if (f.must_be_set)
      throw UserError("{}: {}: required a value, found none; {}", node.origin().text(), here, f.help);
  });
  detail::run_check(value, node, path);
}

template <Described C>
C parse(const Node& node, const std::string& path = "") {
  C value{};
  parse_into(node, path, value);
  return value;
}

}  // namespace rlreason::config
