// The rules of a fair comparison: each a small function over facts of the store that names the cell and what mends it.
//
//   incomplete       a cell is missing, has not finished, or its evaluation lacks items
//   undeclared-diff  two rows differ in a configuration path that neither the plan nor their recipes declare
//   silent-default   a path is on one side only: a default may have changed under it
//   code-drift       rows at one seed come from different code; warns where the ledger of neutral changes joins the programs
//   protocol         evaluations at one seed differ in samples, temperature, length, template, verifier, items, ...
//   data             rows at one seed were trained on different data, or only some on evaluated items
//   compute          compute_match is set and iterations, tokens or seconds differ by more than 2 %
//   selection        the evaluated checkpoint was chosen in different ways, or by a suite that the table shows
//   invalidated      a run stands in the ledger of invalidated runs
//   environment      threads, machine or LibTorch differ between rows rather than within all: warns
//   truncated        more than 2 % of the responses hit the length limit in one row only; refuses where that could turn the
//                    difference around, else warns
//   nonfinite        NaN or an infinity in the loss, gradient or reward of a run counted as done
//   stopped          a health rule ended some trainings of a row early: warns
//   gates            a condition of the plan on a row does not hold (comparison.h finds these)
//
// A row is compared with the baseline.  Not here: what is refused and what becomes a note (refusals.h).
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "sweeps/compare/facts.h"
#include "sweeps/compare/metric.h"
#include "sweeps/compare/refusals.h"

namespace rlreason::sweep {

struct RuleContext {
  const ComparisonInput& input;
  const std::vector<Metric>& metrics;  // the columns, primary first
  std::string baseline;

  const CellFacts* cell(const std::string& row, uint64_t seed) const;
  // Of one suite of a cell; nothing when there is no item.
  const store::EvalFacts* facts(const std::string& row, uint64_t seed, const std::string& suite) const;
  std::vector<std::string> suites() const;
};

using Findings = std::vector<Finding>;

Findings find_incomplete(const RuleContext& context);
Findings find_undeclared_differences(const RuleContext& context);
Findings find_silent_defaults(const RuleContext& context);
Findings find_code_drift(const RuleContext& context);
Findings find_unequal_protocols(const RuleContext& context);
Findings find_unequal_data(const RuleContext& context);
Findings find_unequal_compute(const RuleContext& context);
Findings find_unequal_selection(const RuleContext& context);
Findings find_invalidated(const RuleContext& context);
Findings find_unequal_environments(const RuleContext& context);
Findings find_truncated(const RuleContext& context);
Findings find_nonfinite(const RuleContext& context);
Findings find_stopped_early(const RuleContext& context);

// Everything above, in that order.
Findings find_all(const RuleContext& context);
std::vector<std::string> rule_names();

}  // namespace rlreason::sweep
