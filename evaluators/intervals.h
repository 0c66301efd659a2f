// Uncertainty of evaluation metrics: standard errors, intervals and paired differences.
//
//   wilson        one sample an item: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)   (Wilson 1927)
//   clustered     k samples an item: the item is the unit.  SE^2 = sum_p (x_p - mean)^2 / (N (N-1)) over item means x_p,
//                 which is the cluster-robust sum of arXiv 2411.00640, 2.2, times N/(N-1): few items are not flattered
//   bootstrap     percentile interval over resampled items, within strata; numbers are keyed (core/random.h), so the
//                 interval depends on the seed and the data only
//   paired        d_i = a_i - b_i over the same items or seeds: mean(d) +- t_{n-1} s_d/sqrt(n)
//
// Student's t comes from the regularised incomplete beta function (continued fraction, Lentz).
// Not here: metrics themselves (evaluators/metrics.h), tests over several seeds and items at once (sweeps/compare).
// A spread needs two items or seeds: with one, t intervals reach from -inf to inf and the standard error is NaN.
// Errors: UserError for no value at all, unequal lengths, a probability outside (0, 1).
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "evaluators/metrics.h"

namespace rlreason::eval {

struct Interval {
  double value = 0, low = 0, high = 0;
  double standard_error = 0;
};

// I_x(a, b) for a, b > 0 and x in [0, 1].
double incomplete_beta(double a, double b, double x);
double normal_quantile(double probability);
double student_t_cdf(double t, double degrees);
double student_t_quantile(double probability, double degrees);

Interval wilson(int64_t right, int64_t n, double confidence = 0.95);

// Of mean_at_k, over items.  Falls back to wilson when every item has one sample, and when all samples agree
// (with the items, not the samples, as n).  The t quantile has N - 1 degrees; clamped to [0, 1].
double clustered_standard_error(const std::vector<ItemResults>& items);
Interval mean_interval(const std::vector<ItemResults>& items, double confidence = 0.95);

// Mean of values with its t interval (seeds, items).
Interval t_interval(const std::vector<double>& values, double confidence = 0.95);
// a[i] and b[i] belong to the same item or seed.
Interval paired_difference(const std::vector<double>& a, const std::vector<double>& b,
                           double confidence = 0.95);

struct BootstrapOptions {
  int64_t resamples = 10000;
  uint64_t seed = 0;
  double confidence = 0.95;
};
// Each stratum (a suite) is resampled by itself; the value is the unweighted mean of the strata's means.
Interval bootstrap_interval(const std::vector<std::vector<double>>& strata,
                            const BootstrapOptions& options = {});

}  // namespace rlreason::eval
