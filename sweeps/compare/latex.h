// A comparison as a LaTeX tabular (booktabs).  The first line is a comment that holds the report's id.
//
// One line a row: mean ± half width of every column, then the paired difference of the primary one with interval and corrected p.
// Columns after the primary one are headed with a dagger: exploratory.  Waived rules stand under the table.
// Thread safety: pure.
#pragma once

#include <string>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

struct ReportHead;
std::string latex(const Comparison& comparison, const ReportHead& head);

}  // namespace rlreason::sweep
