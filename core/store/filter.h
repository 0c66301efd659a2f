// Runs chosen by what a person types: recipe = "grpo" and math500 > 0.7 or tag = "main".
//
//   filter     = filter "or" filter | filter "and" filter | "not" filter | "(" filter ")" | comparison
//   comparison = name ("=" | "!=" | "<" | "<=" | ">" | ">=") value | name "in" "(" value, ... ")" | name "contains" "text"
//   value      = "text" | 'text' | number | true | false
// "and" binds tighter than "or".  A name is, in this order: uid, name, kind, recipe, setting, seed, identity, state,
// reason, directory, iteration, commit (of the program), created (UTC, "2026-11-21T08:00"), tag, note, experiment, variant, stale, invalid; a metric (its last value; .min .max .mean
// .nonfinite after it); a suite (share of right samples of its latest evaluation); a path of the configuration.
// A comparison with something that a run does not have is false.  What is typed becomes bound parameters, never SQL.
// Errors: UserError with the place in the text; an unknown name names the nearest one.
// Thread safety: as Store.
#pragma once

#include <set>
#include <string>

#include "core/store/store.h"

namespace rlreason::store {

std::set<std::string> matching_runs(const Store& store, const std::string& filter);  // uids

// The rows of `runs` that fit; an empty text fits all.
std::vector<RunRow> only_matching(const Store& store, std::vector<RunRow> runs,
                                  const std::string& filter);

}  // namespace rlreason::store
