// A row beside the baseline at a seed, and what the plan says they may differ in: what rules of runs share.
//
// Thread safety: pure functions.
#pragma once

#include <vector>

#include "sweeps/compare/rules.h"

namespace rlreason::sweep {

struct RulePair {
  const CellFacts* mine;
  const CellFacts* baseline;
  uint64_t seed;
};

// The row beside the baseline at every seed that both have; at none, the first cell of each.  Nothing for the baseline.
std::vector<RulePair> rule_pairs(const RuleContext& context, const std::string& row);
// What the row and the baseline of this table may differ in; the plan said it of each against its own baseline.
RowMeaning meaning_of(const RuleContext& context, const std::string& row);

}  // namespace rlreason::sweep
