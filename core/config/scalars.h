// Readers of single values behind parse.h: from a Node to a C++ value, with bounds and sentences.  Not for direct use.
//
// Errors: UserError "file:line: path: required ..., '...' came".
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "core/error.h"

namespace rlreason::config::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_dictionary = false;
template <class T>
inline constexpr bool is_dictionary<std::map<std::string, T>> = true;

template <class T>
concept Optional = is_optional<T>;
template <class T>
concept List = is_list<T>;
template <class T>
concept Dictionary = is_dictionary<T>;
template <class T>
concept Text = std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>;

using Words = std::vector<std::string>;

std::string join(const std::string& path, std::string_view name);  // "a.b"
void require_map(const Node& node, const std::string& path);       // or null
void require_list(const Node& node, const std::string& path);
void refuse_unknown_keys(const Node& node, const std::string& path, const Words& known);

bool read_bool(const Node& node, const std::string& path);
int64_t read_integer(const Node& node, const std::string& path, const Range& rule, int64_t lowest, int64_t highest);
uint64_t read_unsigned(const Node& node, const std::string& path, const Range& rule, uint64_t highest);
double read_number(const Node& node, const std::string& path, const Range& rule);
std::string read_text(const Node& node, const std::string& path);
std::string read_word(const Node& node, const std::string& path, const Words& words);

// Rules: what they say in help, and what parse needs of them.
std::string rule_text(const Range& rule);  // ">= 0", "in [0, 1)", ""
inline std::string rule_text(const NoRule&) { return ""; }
inline std::string rule_text(const NotEmpty&) { return "not empty"; }
std::string rule_text(const Words& words);  // "a | b"

inline Range range_of(const Range& rule) { return rule; }
inline Range range_of(const NoRule&) { return {}; }

template <size_t N>
Words words_of(const Choices<N>& rule) {
  return Words(rule.words.begin(), rule.words.end());
}
template <class E, size_t N>
Words words_of(const Names<E, N>& rule) {
  Words words;
  for (const auto& [value, word] : rule.table) words.emplace_back(word);
  return words;
}
template <size_t N>
std::string rule_text(const Choices<N>& rule) {
  return rule_text(words_of(rule));
}
template <class E, size_t N>
std::string rule_text(const Names<E, N>& rule) {
  return rule_text(words_of(rule));
}

template <class Rule>
concept WordRule = requires(const Rule& rule) { words_of(rule); };

// A container's own rule (not_empty) does not pass on to its elements.
template <class Rule>
const Rule& element_rule(const Rule& rule) {
  return rule;
}
inline NoRule element_rule(const NotEmpty&) { return {}; }

template <class E, size_t N>
E value_of(const Choices<N>& rule, std::string_view word) {
  for (size_t i = 0; i < N; ++i)
    if (rule.words[i] == word) return static_cast<E>(i);
  throw BugError("no enumerator '{}'", word);
}
template <class E, size_t N>
E value_of(const Names<E, N>& rule, std::string_view word) {
  for (const auto& [value, name] : rule.table)
    if (name == word) return value;
  throw BugError("no enumerator '{}'", word);
}
template <class E, size_t N>
std::string_view word_of(const Choices<N>& rule, E value) {
  const auto index = static_cast<size_t>(value);
  RLR_ENSURE(index < N, "enumerator {} has no name", index);
  return rule.words[index];
}
template <class E, size_t N>
std::string_view word_of(const Names<E, N>& rule, E value) {
  for (const auto& [known, name] : rule.table)
    if (known == value) return name;
  throw BugError("an enumerator has no name");
}

}  // namespace rlreason::config::detail
