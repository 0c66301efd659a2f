#include "sweeps/compare/rules.h"

#include <algorithm>

#include "sweeps/compare/rule_pairs.h"

namespace rlreason::sweep {

const CellFacts* RuleContext::cell(const std::string& row, uint64_t seed) const {
  for (const CellFacts& cell : input.cells)
    if (cell.row == row && cell.seed == seed) return &cell;
  return nullptr;
}

const store::EvalFacts* RuleContext::facts(const std::string& row, uint64_t seed,
                                           const std::string& suite) const {
  const CellFacts* here = cell(row, seed);
  if (here == nullptr) return nullptr;
  const auto found = here->suites.find(suite);
  return found == here->suites.end() || found->second.items.empty() ? nullptr : &found->second;
}

std::vector<std::string> RuleContext::suites() const {
  std::vector<std::string> names;
  for (const Metric& metric : metrics)
    if (std::find(names.begin(), names.end(), metric.suite) == names.end())
      names.push_back(metric.suite);
  return names;
}

std::vector<RulePair> rule_pairs(const RuleContext& context, const std::string& row) {
  std::vector<RulePair> all;
  if (row == context.baseline) return all;
  const CellFacts *first = nullptr, *other = nullptr;
  for (uint64_t seed : context.input.seeds) {
    const CellFacts* mine = context.cell(row, seed);
    const CellFacts* baseline = context.cell(context.baseline, seed);
    if (mine != nullptr && baseline != nullptr) all.push_back({mine, baseline, seed});
    if (first == nullptr) first = mine;
    if (other == nullptr) other = baseline;
  }
  if (all.empty() && first != nullptr && other != nullptr)
    all.push_back({first, other, first->seed});
  return all;
}

RowMeaning meaning_of(const RuleContext& context, const std::string& row) {
  const auto find = [&](const std::string& label) {
    const auto found = context.input.meanings.find(label);
    return found == context.input.meanings.end() ? RowMeaning{} : found->second;
  };
  RowMeaning meaning = find(row);
  if (context.baseline == context.input.baseline) return meaning;
  const RowMeaning other = find(context.baseline);
  meaning.whole = meaning.whole || other.whole;
  meaning.paths.insert(meaning.paths.end(), other.paths.begin(), other.paths.end());
  return meaning;
}

Findings find_all(const RuleContext& context) {
  Findings all;
  for (const auto find :
       {find_incomplete, find_undeclared_differences, find_silent_defaults, find_code_drift,
        find_unequal_protocols, find_unequal_data, find_unequal_compute, find_unequal_selection,
        find_invalidated, find_unequal_environments, find_truncated, find_nonfinite,
        find_stopped_early})
    for (Finding& finding : find(context)) all.push_back(std::move(finding));
  return all;
}

std::vector<std::string> rule_names() {
  return {"incomplete", "undeclared-diff", "silent-default", "code-drift",  "protocol",
          "data",       "compute",         "selection",      "invalidated", "environment",
          "truncated",  "nonfinite",       "stopped",        "gates"};
}

}  // namespace rlreason::sweep
