// A comparison in words: what a difference says, and one paragraph, from the measured numbers and intervals only.
//
// Rules: the 95 % interval holds 0 -> "cannot be told apart"; it does not -> "better by" / "worse by" with the interval; on
// the primary metric a difference that does not survive Holm's correction is said to be so.  No adjective beyond that.
// Thread safety: pure functions.
#pragma once

#include <string>

#include "sweeps/compare/comparison.h"

namespace rlreason::sweep {

enum class Reading { better, worse, undecided, uncorrected, one_seed };

// Of row - baseline.  `primary`: Holm counts.
Reading reading(const RowDifference& difference, bool primary);
std::string verdict(const RowDifference& difference, const std::string& baseline, bool primary);
std::string paragraph(const Comparison& comparison);

std::string format_mean(const MeanInterval& value);        // 0.84 ± 0.09
std::string format_difference(const MeanInterval& value);  // -0.79 [-0.88, -0.70]
std::string format_change(const MeanInterval& value);      // -0.79 ± 0.09
std::string format_p(double p);                            // 0.031, <0.001

}  // namespace rlreason::sweep
