// A map from name to entry that files fill themselves (static initialisers), and the nearest name for a typo.
//
// Entries register before main() through a function-local static, so the order of initialisation does not matter.
// The files that register are in OBJECT libraries: a static library would drop them without a word.
// Thread safety: written before main(), read-only afterwards.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace rlreason {

// Levenshtein distance, and the candidate at the least distance ("" when there is none).
size_t edit_distance(std::string_view a, std::string_view b);
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

template <class Entry>
class Registry {
 public:
  explicit Registry(std::string what) : what_(std::move(what)) {}

  void add(const std::string& name, Entry entry) {
    RLR_ENSURE(entries_.emplace(name, std::move(entry)).second, "{} '{}' registered twice", what_, name);
  }
  const Entry* find(std::string_view name) const {
    const auto it = entries_.find(std::string(name));
    return it == entries_.end() ? nullptr : &it->second;
  }
  const Entry& at(std::string_view name) const {
    if (const Entry* entry = find(name)) return *entry;
    throw UserError("required a known {}, '{}' came; did you mean '{}'?", what_, name, nearest(name, names()));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, entry] : entries_) result.push_back(name);
    return result;
  }

 private:
  std::string what_;
  std::map<std::string, Entry> entries_;
};

}  // namespace rlreason
