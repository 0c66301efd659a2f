// Uncertainty of evaluation metrics: standard errors, intervals and paired differences.
//
//   wilson        one sample an item: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)   (Wilson 1927)
//   clustered     k samples an item: the item is the unit.  SE^2 = sum_p (x_p - mean)^2 / (N (N-1)) over item means x_p,
//                 which is the cluster-robust sum of arXiv 2411.00640, 2.2, times N/(N-1): few items are not flattered
//   grouped       groups of items as the unit;  macro: unweighted mean of suites
//   paired        d_i = a_i - b_i over the same items or seeds: mean(d) +- t_{n-1} s_d/sqrt(n)
//
// Student's t comes from the regularised incomplete beta function (continued fraction, Lentz).
// Not here: metrics themselves (metrics.h), resampling (bootstrap.h), tests of a difference (paired.h), seeds (sweeps/compare).
// A spread needs two items or seeds: with one, t intervals reach from -inf to inf and the standard error is NaN.
// Errors: UserError for no value at all, unequal lengths, a probability outside (0, 1).
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
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

// Items that are not independent (one category, passage or template): the group is the unit.
//   SE^2 = G/(G-1) (1/N^2) sum_g (sum_{i in g} (x_i - mean))^2; the interval has a t quantile with G - 1 degrees.
double grouped_standard_error(const std::vector<double>& values,
                              const std::vector<std::string>& groups);
Interval grouped_interval(const std::vector<double>& values,
                          const std::vector<std::string>& groups, double confidence = 0.95);

// Unweighted mean of m independent suites: SE = sqrt(sum SE^2) / m, normal interval.
Interval macro_average(const std::vector<Interval>& suites, double confidence = 0.95);

}  // namespace rlreason::eval
