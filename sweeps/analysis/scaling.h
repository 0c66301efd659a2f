// The compute-performance law fitted to one evaluation curve.
//
//   R(C) = R_0 + (A - R_0) / (1 + (C_mid / C)^B)       C > 0 compute, A the score at unlimited compute   arXiv:2510.13786
//
// For each A of a grid, least squares over C_mid and B (Nelder-Mead on their logarithms); R_0 is given or the least-squares
// one for them.  The best A is refined between its neighbours on the grid.  B is kept in [0.05, 20] and C_mid within a factor
// e^10 of the curve: a fit on such an edge, with A on the grid's end or with C_mid beyond the last point (half of the rise is
// still to come) is not identified and says so.
// Intervals: items are drawn with replacement, the same ones for every point of the curve, and all is fitted again;
// 2.5 and 97.5 % quantiles.  They hold the noise of few items, not that of another training run.
// Extrapolation: the law fitted to the first half of the points (rounded up) against the measured second half.
// Errors: UserError for fewer than kFewestPoints points, points without the same items, compute that is not positive, a
// curve that does not rise.  Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace rlreason::sweep {

inline constexpr size_t kFewestPoints = 5;

struct ScalingPoint {
  double compute = 0;
  std::vector<double> items;  // a score an item, in one order over the curve
  double value() const;       // their mean
};

struct ScalingOptions {
  std::optional<double> r0{};  // nothing: fitted
  double step = 0.005;         // of the grid of A
  double highest = 1;          // A's end of the grid
  int64_t resamples = 200;
  uint64_t seed = 0;
};

struct ScalingLaw {
  double r0 = 0, a = 0, c_mid = 0, b = 0;
  double rmse = 0;  // of the points it was fitted to
  bool identified = true;
  double at(double compute) const;
};
// [points] of compute and value, sorted by compute.
ScalingLaw fit_scaling(const std::vector<double>& compute, const std::vector<double>& value,
                       const ScalingOptions& options);

struct Bounds {
  double low = 0, high = 0;
};
struct Extrapolation {
  ScalingLaw law;                                    // of the first half
  std::vector<double> compute, measured, predicted;  // of the second half
  double mean_absolute_error = 0;
  Bounds last;  // of the prediction at the last point
};
struct ScalingReport {
  std::vector<double> compute, measured, fitted;
  ScalingLaw law;
  Bounds r0, a, c_mid, b;
  std::optional<Extrapolation> extrapolation;  // nothing with fewer than 2 * 4 points
};
ScalingReport scaling_report(std::vector<ScalingPoint> points, const ScalingOptions& options);

}  // namespace rlreason::sweep
