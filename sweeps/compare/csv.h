// A comparison as CSV (RFC 4180, one header line): a line for every row and metric, tidy, for other programs.
//
// row, metric, primary, seeds, mean, half_width, difference, low, high, p, p_holm (or p_bh), detectable, reading, notes, report
// Empty cells where there is no number; waived rules of the row (and of the whole table) are in `notes`; `report` is the id.
// Thread safety: pure.
#pragma once

#include <string>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

struct ReportHead;
std::string csv(const Comparison& comparison, const ReportHead& head);

}  // namespace rlreason::sweep
