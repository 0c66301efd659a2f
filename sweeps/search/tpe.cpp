#include "sweeps/search/tpe.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace rlreason::sweep {
namespace {

constexpr double kWidth = 0.2, kLeastWidth = 0.02;
constexpr size_t kMostGood = 25;
constexpr int kTries = 100;  // of a normal to fall into [0, 1)

double width(size_t points, size_t dimensions) {
  const auto n = static_cast<double>(std::max<size_t>(1, points));
  return std::max(kLeastWidth, kWidth * std::pow(n, -1.0 / (static_cast<double>(dimensions) + 4)));
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

size_t choice_of(double unit, size_t choices) {
  return std::min(choices - 1, static_cast<size_t>(unit * static_cast<double>(choices)));
}

// Densities are with respect to the unit interval: a choice of C owns an interval of 1/C.
double kernel(double center, double at, size_t choices, double h) {
  if (choices > 0) {
    const bool own = choice_of(center, choices) == choice_of(at, choices);
    return (own ? (1 - h) * static_cast<double>(choices) : 0.0) + h;
  }
  const double z = (at - center) / h;
  const double mass = normal_cdf((1 - center) / h) - normal_cdf(-center / h);
  return std::exp(-0.5 * z * z) / (h * std::sqrt(2 * M_PI) * mass);
}

double drawn(Sequence& random, double center, size_t choices, double h) {
  if (choices > 0) return random.uniform() < h ? random.uniform() : center;
  for (int i = 0; i < kTries; ++i)
    if (const double at = center + h * random.normal(); at >= 0 && at < 1) return at;
  return center;
}

UnitPoint candidate(Sequence& random, const std::vector<UnitPoint>& good,
                    const std::vector<size_t>& choices) {
  const auto kernels = static_cast<int64_t>(good.size());
  const int64_t pick = random.between(0, kernels);  // the last one is uniform
  UnitPoint point;
  const double h = width(good.size(), choices.size());
  for (size_t d = 0; d < choices.size(); ++d)
    point.push_back(pick == kernels
                        ? random.uniform()
                        : drawn(random, good[static_cast<size_t>(pick)][d], choices[d], h));
  return point;
}

}  // namespace

size_t good_count(size_t observed) { return std::min(kMostGood, (observed + 3) / 4); }

double parzen_log_density(const std::vector<UnitPoint>& points, const std::vector<size_t>& choices,
                          const UnitPoint& at) {
  const double h = width(points.size(), choices.size());
  double sum = 1;  // the uniform kernel
  for (const UnitPoint& point : points) {
    double product = 1;
    for (size_t d = 0; d < choices.size(); ++d) product *= kernel(point[d], at[d], choices[d], h);
    sum += product;
  }
  return std::log(sum / static_cast<double>(points.size() + 1));
}

UnitPoint tpe_point(uint64_t seed, uint64_t draw, const std::vector<size_t>& choices,
                    const TpeHistory& history) {
  RLR_ENSURE(!choices.empty(), "a space without dimensions");
  Sequence random(RandomKey{.seed = seed, .purpose = Purpose::order, .iteration = draw});
  UnitPoint best;
  double best_ratio = -INFINITY;
  for (int i = 0; i < kCandidates; ++i) {
    UnitPoint own = candidate(random, history.good, choices);
    const double ratio = parzen_log_density(history.good, choices, own) -
                         parzen_log_density(history.bad, choices, own);
    if (ratio <= best_ratio) continue;
    best_ratio = ratio;
    best = std::move(own);
  }
  return best;
}

}  // namespace rlreason::sweep
