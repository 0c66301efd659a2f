// Rules about configurations: undeclared-diff, silent-default.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "core/config/describe.h"
#include "core/error.h"
#include "sweeps/compare/config_paths.h"
#include "sweeps/compare/rule_pairs.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

constexpr size_t kPathsShown = 6;

std::string listed(const std::vector<PathDifference>& differences) {
  std::string text;
  for (size_t i = 0; i < std::min(kPathsShown, differences.size()); ++i)
    text += fmt::format("{}{} ({} -> {})", i == 0 ? "" : ", ", differences[i].path,
                        shown_value(differences[i].a), shown_value(differences[i].b));
  if (differences.size() > kPathsShown)
    text += fmt::format(" and {} more", differences.size() - kPathsShown);
  return text;
}

// The flag that lets these differences pass: by path while they are few, else by rule.
std::string waiver(const std::string& rule, const std::vector<PathDifference>& differences) {
  if (differences.size() > kPathsShown) return "--allow " + rule;
  std::vector<std::string> paths;
  for (const PathDifference& d : differences) paths.push_back(d.path);
  return fmt::format("--allow-diff {}", fmt::join(paths, ","));
}

// What a run's stored configuration has that its declared one does not, and the other way round, by path.
std::map<std::string, PathDifference> departures(const json& declared, const json& stored) {
  std::map<std::string, PathDifference> all;
  for (PathDifference& d : config_difference(declared, stored)) all.emplace(d.path, std::move(d));
  return all;
}

// Does the path hold what its declaration says when nobody sets it?  A run made before the setting was there has it without
// saying so: its identity is the same.
bool is_default(const json& config, const std::string& path) {
  try {
    const json set = config::non_defaults(train::config_from_json(config));
    for (const auto& [own, value] : flatten(set))
      if (path_matches(path, own)) return false;
    return true;
  } catch (const Error&) {
    return false;  // of a declaration that this program does not have
  }
}

// Undeclared differences of one pair: the two stored configurations differ, the declared ones do not account for it.
// `one_sided`: those where a path is on one side only.
std::vector<PathDifference> undeclared(const RulePair& pair, const RowMeaning& meaning,
                                       const std::vector<std::string>& allowed, bool one_sided) {
  std::vector<PathDifference> found;
  // The base is what the rows start from, no method beside them.
  if (pair.mine->row == "base" || pair.baseline->row == "base") return found;
  if (!pair.mine->trained || !pair.baseline->trained) return found;
  const json &mine = pair.mine->trained->config, &theirs = pair.baseline->trained->config;
  const json &mine_declared = pair.mine->declared_training,
             &their_declared = pair.baseline->declared_training;
  if (meaning.whole && (mine_declared.is_null() || their_declared.is_null())) return found;
  const auto my_departures = mine_declared.is_null() ? std::map<std::string, PathDifference>{}
                                                     : departures(mine_declared, mine);
  const auto their_departures = their_declared.is_null() ? std::map<std::string, PathDifference>{}
                                                         : departures(their_declared, theirs);
  for (PathDifference& d : config_difference(theirs, mine)) {
    if (path_matches_any(d.path, allowed)) continue;
    const auto my = my_departures.find(d.path), their = their_departures.find(d.path);
    const bool departs = my != my_departures.end() || their != their_departures.end();
    const bool on_one_side = !d.a || !d.b;
    // A path that one declared configuration lacks is structure: a component that only one method has.
    const bool vanished = on_one_side && ((my != my_departures.end() && !my->second.b) ||
                                          (their != their_departures.end() && !their->second.b));
    if (vanished && is_default(d.a ? theirs : mine, d.path)) continue;
    const bool outside = !meaning.whole && !path_matches_any(d.path, meaning.paths);
    if (vanished ? one_sided : (!one_sided && (outside || (departs && meaning.whole))))
      found.push_back(std::move(d));
  }
  return found;
}

// One finding for each pair that differs; `sentence` says how, `mend` what to do besides waiving it.
template <class Sentence>
Findings differing(const RuleContext& context, const std::string& rule, bool one_sided,
                   const Sentence& sentence, const char* mend) {
  Findings found;
  for (const std::string& row : context.input.rows)
    for (const RulePair& pair : rule_pairs(context, row)) {
      const auto differences =
          undeclared(pair, meaning_of(context, row), context.input.allow_diff, one_sided);
      if (differences.empty()) continue;
      found.push_back({.rule = rule,
                       .row = row,
                       .seed = pair.seed,
                       .sentence = sentence(listed(differences)),
                       .mend = fmt::format("{}, or {} {}", mend, context.input.again_command,
                                           waiver(rule, differences))});
    }
  return found;
}

}  // namespace

Findings find_undeclared_differences(const RuleContext& context) {
  return differing(
      context, "undeclared-diff", false,
      [&](const std::string& paths) {
        return fmt::format("differs from {} in what nothing declares: {}", context.baseline, paths);
      },
      "declare it in a plan (a row with set: [...])");
}

Findings find_silent_defaults(const RuleContext& context) {
  return differing(
      context, "silent-default", true,
      [&](const std::string& paths) {
        return fmt::format("only one of it and {} knows {}", context.baseline, paths);
      },
      "pin the value in both rows and run again");
}

}  // namespace rlreason::sweep
