// The next point of a search by a tree-structured Parzen estimator.
//
// Tried points are split into good and bad ones; each half gets a density, a mixture of one kernel a point and the uniform
// one, and of `kCandidates` points drawn from the good density the one with the largest good / bad ratio is taken.
//   kernel of a range    normal around the point, cut to [0, 1], width 0.2 n^(-1/(d+4)), never below 0.02
//   kernel of choices    the point's own with 1 - h, h spread evenly over all (h: the same width)
//   good                 the best ceil(n / 4), at most 25
// A kernel spans all dimensions (d of them), so that settings which are good together stay together.
// Source: Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (NeurIPS 2011) section 4; joint kernels as in
// Falkner et al., BOHB (arXiv:1807.01774).  The width's constant is that of Optuna's multivariate sampler.
// A point depends on its arguments alone: no generator lives between two calls.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rlreason::sweep {

inline constexpr int kCandidates = 24;

using UnitPoint = std::vector<double>;  // one number in [0, 1) a dimension, as search/space.h takes it

struct TpeHistory {
  std::vector<UnitPoint> good, bad;
};

size_t good_count(size_t observed);

// `choices`: by dimension the number of choices, 0 for a range.  `draw` tells several points of one history apart.
UnitPoint tpe_point(uint64_t seed, uint64_t draw, const std::vector<size_t>& choices,
                    const TpeHistory& history);

// log of the density that a set of points stands for, at one point.
double parzen_log_density(const std::vector<UnitPoint>& points, const std::vector<size_t>& choices,
                          const UnitPoint& at);

}  // namespace rlreason::sweep
