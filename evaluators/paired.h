// Two systems on the same items: the difference with its interval, an exact or permutation test, and what could be seen.
//
//   difference   d_i = a_i - b_i, t interval over items; correlation of a and b over items
//   mcnemar      one sample an item: b items only the first got right, c only the second; exact two-sided
//                p = min(1, 2 P(X <= min(b, c))), X ~ Binomial(b + c, 1/2)                      McNemar 1947
//   sign flip    several samples an item: under the null the sign of each d_i is a coin; p is the share of sign patterns
//                with |sum| as large as seen: all 2^n of the n differences that are not 0 up to n = 20, else
//                (1 + hits) / (1 + draws) of keyed random patterns
//   holm         step-down p values over several tests: the chance of any false finding          Holm 1979
//   bh           step-up p values: the expected share of false findings among the findings       Benjamini, Hochberg 1995
//   detectable   (z_{1-alpha/2} + z_{power}) sqrt((omega^2 + s_A^2/K_A + s_B^2/K_B) / N): omega^2 is the variance between
//                items of the difference, s^2 the mean variance inside an item     arXiv 2411.00640, section 5
//
// Errors: UserError for unequal lengths or no item.
// Thread safety: pure functions; random patterns are keyed, so equal input gives equal output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluators/intervals.h"
#include "evaluators/metrics.h"

namespace rlreason::eval {

struct McNemar {
  int64_t b = 0, c = 0;  // only the first right, only the second right
  double p = 1;
};
McNemar mcnemar(int64_t b, int64_t c);

// Exact up to 20 differences that are not 0.
double sign_flip_p(const std::vector<double>& differences, int64_t draws = 20000,
                   uint64_t seed = 0);
std::vector<double> holm(const std::vector<double>& p_values);
std::vector<double> benjamini_hochberg(const std::vector<double>& p_values);

struct Spread {
  double between = 0;                 // omega^2: of the true difference over items; never below 0
  double within_a = 0, within_b = 0;  // s^2: mean over items of the variance of one sample
};
// NaN with fewer than two items.
double detectable_difference(const Spread& spread, int64_t items, int64_t samples_a,
                             int64_t samples_b, double alpha = 0.05, double power = 0.8);

struct PairedComparison {
  int64_t items = 0;
  double mean_a = 0, mean_b = 0;
  Interval difference;             // a - b
  std::optional<McNemar> mcnemar;  // when every item has one sample on both sides
  double p = 1;                    // McNemar's, else the sign flip's
  double correlation = 0;          // NaN when one side does not vary
  double detectable = 0;           // at 80 % power and 5 %
  Spread spread;
  std::vector<size_t> discordant;  // items on which the two differ
};
// REQUIRES: a[i].id == b[i].id.  Of the share of right samples.
PairedComparison compare_items(const std::vector<ItemResults>& a,
                               const std::vector<ItemResults>& b);

}  // namespace rlreason::eval
