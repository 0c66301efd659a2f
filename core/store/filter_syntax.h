// The grammar of filter.h as a tree; names are not looked up here.
//
// Errors: UserError "filter: at character 7: ...".
// Thread safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace rlreason::store {

using FilterValue = std::variant<std::string, double, bool>;

struct FilterNode {
  enum class Kind { any, all, none, comparison };  // or, and, not, a leaf
  Kind kind = Kind::comparison;
  std::vector<FilterNode> children = {};
  std::string name = {}, op = {};  // op: = != < <= > >= in contains
  std::vector<FilterValue> values = {};
  size_t at = 0;  // character of the text, from 1
};

FilterNode parse_filter(const std::string& text);

}  // namespace rlreason::store
