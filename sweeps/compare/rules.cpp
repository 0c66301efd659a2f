#include "sweeps/compare/rules.h"

#include <algorithm>

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

Findings find_all(const RuleContext& context) {
  Findings all;
  for (const auto find :
       {find_incomplete, find_undeclared_differences, find_silent_defaults, find_code_drift,
        find_unequal_protocols, find_unequal_data, find_unequal_compute, find_unequal_selection,
        find_invalidated, find_unequal_environments, find_truncated, find_nonfinite})
    for (Finding& finding : find(context)) all.push_back(std::move(finding));
  return all;
}

std::vector<std::string> rule_names() {
  return {"incomplete", "undeclared-diff", "silent-default", "code-drift", "protocol",
          "data",       "compute",         "selection",      "invalidated", "environment",
          "truncated",  "nonfinite",       "gates"};
}

}  // namespace rlreason::sweep
