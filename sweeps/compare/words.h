// A comparison in words: what a difference says, and one paragraph, from the measured numbers and intervals only.
//
// Rules: the interval leaves out 0 -> "better by" / "worse by" with the interval, and "helps" / "hurts" for a row that switches
// one part; on the primary metric a difference that does not survive the correction is said to be so.  The interval holds 0 ->
// "no difference larger than X" when all of it is inside X (the plan's minimum effect, else the detectable one), "open: could be
// up to X" when it is not.  No adjective beyond that.
// Thread safety: pure functions.
#pragma once

#include <string>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

enum class Reading { better, worse, undecided, uncorrected, one_seed };

// Of row - baseline.  `primary`: the correction counts.
Reading reading(const RowDifference& difference, bool primary);
// Of the row in that column against the baseline; "" for the baseline itself.
std::string verdict(const Comparison& comparison, const ComparedRow& row, size_t metric);
std::string paragraph(const Comparison& comparison);

std::string format_mean(const MeanInterval& value);        // 0.84 ± 0.09
std::string format_difference(const MeanInterval& value);  // -0.79 [-0.88, -0.70]
std::string format_change(const MeanInterval& value);      // -0.79 ± 0.09
std::string format_p(double p);                            // 0.031, <0.001

}  // namespace rlreason::sweep
