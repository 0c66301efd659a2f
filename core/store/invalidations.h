// Results that somebody declared wrong, with the reason: tables refuse them, sweeps do not reuse them.
//
// The runs are fixed when the invalidation is made; `selector` is what was typed to choose them, for people.
// Errors: UserError (no reason, an unknown run), StoreError.
// Thread safety: as Store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct InvalidationRow {
  std::string uid = {};  // set by add_invalidation
  int64_t created_ms = 0;
  std::string selector = {}, reason = {};
  std::string fixed_by = {};  // commit that mends it, or empty
  std::string author = {};
  std::vector<std::string> runs = {};  // uids
};

std::string add_invalidation(Store& store, const InvalidationRow& row);  // its uid
bool remove_invalidation(Store& store, const std::string& uid);          // false: no such one
std::vector<InvalidationRow> invalidations(const Store& store);          // oldest first
// Run uid -> the reasons, oldest first; runs that are fine are absent.
std::map<std::string, std::vector<std::string>> invalid_runs(const Store& store);

}  // namespace rlreason::store
