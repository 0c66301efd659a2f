// Bootstrap of problems: an interval for any metric that has one value an item (pass@k, maj@k, best-of-k).
//
// Each stratum (a suite) is resampled by itself; the statistic is the unweighted mean of the strata's means.  Numbers are
// keyed (core/random.h), so the interval depends on the seed and the data only.
//   percentile  the alpha/2 and 1 - alpha/2 quantiles of the resampled statistic
//   bca         quantiles moved for bias (z0: how often a resample lies below the value, half of those equal to it) and for
//               skewness (a: jackknife over items)   Efron 1987, JASA 82(397)
// Falls back to percentile where all resamples are equal.
// Errors: UserError for an empty stratum, no resamples, a confidence outside (0, 1).
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluators/intervals.h"

namespace rlreason::eval {

enum class BootstrapMethod { percentile, bca };

struct BootstrapOptions {
  int64_t resamples = 10000;
  uint64_t seed = 0;
  double confidence = 0.95;
  BootstrapMethod method = BootstrapMethod::percentile;
};

Interval bootstrap_interval(const std::vector<std::vector<double>>& strata,
                            const BootstrapOptions& options = {});

// Linear between order statistics (type 7).  REQUIRES: sorted, not empty, p in [0, 1].
double sorted_quantile(const std::vector<double>& sorted, double p);

}  // namespace rlreason::eval
