#include "evaluators/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace rlreason::eval {
namespace {

using Strata = std::vector<std::vector<double>>;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double resampled_mean(const std::vector<double>& values, uint64_t seed, int64_t resample,
                      size_t stratum) {
  Sequence numbers({.seed = seed,
                    .purpose = Purpose::noise,
                    .iteration = static_cast<uint64_t>(resample),
                    .prompt = stratum});
  const auto last = static_cast<int64_t>(values.size()) - 1;
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    sum += values[static_cast<size_t>(numbers.between(0, last))];
  return sum / static_cast<double>(values.size());
}

// Of leaving one item out: in stratum s with n items it moves the value by (mean_s - x) / ((n - 1) m).
double acceleration(const Strata& strata) {
  double squares = 0, cubes = 0;
  for (const auto& values : strata) {
    if (values.size() < 2) continue;
    const double mean = mean_of(values), items = static_cast<double>(values.size());
    for (const double value : values) {
      const double influence = (value - mean) / (items - 1.0);  // the common 1/m cancels
      squares += influence * influence;
      cubes += influence * influence * influence;
    }
  }
  return squares > 0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
}

std::pair<double, double> bca_tails(const Strata& strata, const std::vector<double>& sorted,
                                    double value, double tail) {
  const double tolerance = 1e-12;
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), value - tolerance);
  const auto above = std::upper_bound(sorted.begin(), sorted.end(), value + tolerance);
  const double share =
      (static_cast<double>(below - sorted.begin()) + 0.5 * static_cast<double>(above - below)) /
      static_cast<double>(sorted.size());
  if (share <= 0.0 || share >= 1.0) return {tail, 1.0 - tail};
  const double bias = normal_quantile(share), skew = acceleration(strata);
  const auto moved = [&](double probability) {
    const double z = bias + normal_quantile(probability);
    return normal_cdf(bias + z / (1.0 - skew * z));
  };
  return {moved(tail), moved(1.0 - tail)};
}

}  // namespace

double sorted_quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval bootstrap_interval(const Strata& strata, const BootstrapOptions& options) {
  if (!(options.confidence > 0 && options.confidence < 1))
    throw UserError("confidence: required a number in (0, 1), {} came", options.confidence);
  if (strata.empty() || options.resamples < 1)
    throw UserError("bootstrap: required values and resamples, there are none");
  Interval interval;
  const double count = static_cast<double>(strata.size());
  for (const auto& values : strata) {
    if (values.empty())
      throw UserError("bootstrap: required a value in each stratum, one has none");
    interval.value += mean_of(values) / count;
  }
  std::vector<double> resampled(static_cast<size_t>(options.resamples), 0.0);
  for (int64_t i = 0; i < options.resamples; ++i)
    for (size_t stratum = 0; stratum < strata.size(); ++stratum)
      resampled[static_cast<size_t>(i)] +=
          resampled_mean(strata[stratum], options.seed, i, stratum) / count;
  std::sort(resampled.begin(), resampled.end());
  double low = 0.5 - 0.5 * options.confidence, high = 1.0 - low;
  if (options.method == BootstrapMethod::bca)
    std::tie(low, high) = bca_tails(strata, resampled, interval.value, low);
  interval.low = sorted_quantile(resampled, low);
  interval.high = sorted_quantile(resampled, high);
  const double mean = mean_of(resampled);
  double squares = 0;
  for (const double value : resampled) squares += (value - mean) * (value - mean);
  interval.standard_error = std::sqrt(squares / static_cast<double>(options.resamples));
  return interval;
}

}  // namespace rlreason::eval
