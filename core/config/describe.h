// The outward side of a described struct: resolved JSON, the values that differ from their defaults, help text, Markdown.
//
// to_json has every value; non_defaults only those that differ from the member initialisers (nested structs by member, lists
// and maps whole, their structs again reduced), which is what an identity hashes: a new setting orphans no old result.
// canonical: one text per JSON value (sorted keys, no spaces, shortest numbers that read back equal, 1.0 as 1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "core/config/scalars.h"

namespace rlreason::config {

std::string canonical(const nlohmann::json& value);

// One setting in words.
struct Row {
  std::string path, help, fallback, rule;  // fallback: the default as text; "required" where there is none
};
std::string help(const std::vector<Row>& rows);      // "  clip.high  ratio is clamped ... [default 0.2; >= 0]"
std::string markdown(const std::vector<Row>& rows);  // a table: Setting, Default, Values, Meaning

template <Described C>
std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for_each_field<C>([&](const auto& f) { names.emplace_back(f.name); });
  return names;
}

template <Described C>
nlohmann::json to_json(const C& value);
template <Described C>
nlohmann::json non_defaults(const C& value, const C& defaults = C{});

namespace detail {

nlohmann::json number_json(double value);  // non-finite as "inf", "-inf", "nan"

// `reduced`: structs inside give their non_defaults.
template <class T, class Rule>
nlohmann::json value_json(const T& value, const Rule& rule, bool reduced) {
  if constexpr (std::is_same_v<T, Node>) {
    return config::to_json(value);
  } else if constexpr (Described<T>) {
    return reduced ? non_defaults(value) : config::to_json(value);
  } else if constexpr (Optional<T>) {
    return value ? value_json(*value, rule, reduced) : nlohmann::json();
  } else if constexpr (List<T>) {
    nlohmann::json list = nlohmann::json::array();
    for (const typename T::value_type& item : value) list.push_back(value_json(item, element_rule(rule), reduced));
    return list;
  } else if constexpr (Dictionary<T>) {
    nlohmann::json map = nlohmann::json::object();
    for (const auto& [key, item] : value) map[key] = value_json(item, element_rule(rule), reduced);
    return map;
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(word_of(rule, value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return number_json(value);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return value.string();
  } else {
    return value;
  }
}

// The type a container finally holds, to document its members.
template <class T>
struct Innermost {
  using type = T;
  static constexpr std::string_view kSuffix = "";
};
template <class T>
struct Innermost<std::optional<T>> : Innermost<T> {};
template <class T>
struct Innermost<std::vector<T>> {
  using type = typename Innermost<T>::type;
};
template <class T>
struct Innermost<std::map<std::string, T>> {
  using type = typename Innermost<T>::type;
};

std::string default_text(const nlohmann::json& value);

template <Described C>
void describe_into(const C& value, const std::string& path, std::vector<Row>& rows) {
  for_each_field<C>([&](const auto& f) {
    using T = std::decay_t<decltype(value.*(f.member))>;
    const std::string here = join(path, f.name);
    const auto& member = value.*(f.member);
    if constexpr (Described<T>) {
      describe_into(member, here, rows);
    } else {
      std::string rule = rule_text(f.rule);
      if constexpr (std::is_same_v<T, Node>) rule = "a block";
      rows.push_back({here, std::string(f.help),
                      f.must_be_set ? "required" : default_text(value_json(member, f.rule, false)), std::move(rule)});
      using Inner = typename Innermost<T>::type;
      if constexpr (Described<Inner>)
        describe_into(Inner{}, join(here, List<T> ? "N" : Dictionary<T> ? "NAME" : ""), rows);
    }
  });
}

}  // namespace detail

template <Described C>
nlohmann::json to_json(const C& value) {
  nlohmann::json result = nlohmann::json::object();
  for_each_field<C>([&](const auto& f) {
    result[std::string(f.name)] = detail::value_json(value.*(f.member), f.rule, false);
  });
  return result;
}

template <Described C>
nlohmann::json non_defaults(const C& value, const C& defaults) {
  nlohmann::json result = nlohmann::json::object();
  for_each_field<C>([&](const auto& f) {
    using T = std::decay_t<decltype(value.*(f.member))>;
    const auto& mine = value.*(f.member);
    const auto& theirs = defaults.*(f.member);
    if constexpr (Described<T>) {
      if (nlohmann::json inner = non_defaults(mine, theirs); !inner.empty()) result[std::string(f.name)] = std::move(inner);
    } else if (f.must_be_set || detail::value_json(mine, f.rule, false) != detail::value_json(theirs, f.rule, false)) {
      result[std::string(f.name)] = detail::value_json(mine, f.rule, true);
    }
  });
  return result;
}

template <Described C>
std::vector<Row> describe(const std::string& path = "") {
  std::vector<Row> rows;
  detail::describe_into(C{}, path, rows);
  return rows;
}
template <Described C>
std::string help(const std::string& path = "") {
  return help(describe<C>(path));
}
template <Described C>
std::string markdown(const std::string& path = "") {
  return markdown(describe<C>(path));
}

}  // namespace rlreason::config
