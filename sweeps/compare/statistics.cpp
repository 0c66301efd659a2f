#include "sweeps/compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "evaluators/intervals.h"

namespace rlreason::sweep {
namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Type-7 quantile of sorted values.
double quantile(const std::vector<double>& sorted, double probability) {
  const double at = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

double student_two_sided_p(double t, double degrees) {
  if (std::isinf(t)) return 0;
  return eval::incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

MeanInterval mean_interval(const std::vector<double>& values, double level) {
  MeanInterval result;
  result.n = static_cast<int64_t>(values.size());
  if (values.empty()) return result;
  result.mean = mean_of(values);
  if (values.size() < 2) return result;
  double squares = 0;
  for (double value : values) squares += (value - result.mean) * (value - result.mean);
  const double degrees = static_cast<double>(values.size() - 1);
  result.sd = std::sqrt(squares / degrees);
  result.half_width =
      eval::student_t_quantile(0.5 + level / 2, degrees) * result.sd / std::sqrt(degrees + 1);
  return result;
}

double sign_flip_p(const std::vector<double>& differences) {
  const size_t n = differences.size();
  RLR_ENSURE(n <= 24, "{} differences", n);
  if (n == 0) return 1;
  const double observed = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0));
  const double tolerance =
      1e-12 * std::max(1.0, observed);  // equal sums may differ in the last bits
  const uint32_t patterns = 1u << n;
  uint32_t as_large = 0;
  for (uint32_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
      sum += (pattern >> i & 1u) != 0 ? -differences[i] : differences[i];
    if (std::abs(sum) >= observed - tolerance) ++as_large;
  }
  return static_cast<double>(as_large) / static_cast<double>(patterns);
}

PairedTest paired_test(const std::vector<double>& differences) {
  PairedTest test;
  test.difference = mean_interval(differences);
  if (differences.size() <= 24) test.sign_flip_p = sign_flip_p(differences);
  const int64_t n = test.difference.n;
  if (n >= 2) {
    const double error = test.difference.sd / std::sqrt(static_cast<double>(n));
    if (error > 0)
      test.p = student_two_sided_p(test.difference.mean / error, static_cast<double>(n - 1));
    else
      test.p = test.difference.mean == 0 ? 1 : 0;
    test.detectable = detectable_effect(n) * test.difference.sd;
  }
  test.p_holm = test.p;
  return test;
}

std::vector<double> holm(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double running = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    running = std::max(running, static_cast<double>(order.size() - rank) * p_values[order[rank]]);
    adjusted[order[rank]] = std::min(1.0, running);
  }
  return adjusted;
}

// P(|T| > c) with T = (Z + effect sqrt(n)) / S: Simpson's rule over S = sqrt(chi^2_df / df).
double t_test_power(double effect, int64_t n, double alpha) {
  const double df = static_cast<double>(n - 1);
  const double critical = eval::student_t_quantile(1 - alpha / 2, df);
  const double shift = effect * std::sqrt(static_cast<double>(n));
  const double log_norm = std::log(2.0) + df / 2 * std::log(df / 2) - std::lgamma(df / 2);
  const auto density = [&](double s) {
    if (s <= 0) return df > 1 ? 0.0 : std::exp(log_norm);
    return std::exp(log_norm + (df - 1) * std::log(s) - df * s * s / 2);
  };
  const auto reject = [&](double s) {
    return normal_cdf(shift - critical * s) + normal_cdf(-shift - critical * s);
  };
  constexpr int kSteps = 4000;
  const double top = 1 + 10 / std::sqrt(df), step = top / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double s = i * step, weight = i == 0 || i == kSteps ? 1 : (i % 2 != 0 ? 4 : 2);
    sum += weight * density(s) * reject(s);
  }
  return sum * step / 3;
}

double detectable_effect(int64_t n, double alpha, double power) {
  RLR_ENSURE(n >= 2, "{} values", n);
  double low = 0, high = 1;
  while (t_test_power(high, n, alpha) < power) high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (t_test_power(middle, n, alpha) < power ? low : high) = middle;
  }
  return (low + high) / 2;
}

Interval two_level_bootstrap(const std::vector<std::vector<double>>& differences,
                             int64_t resamples) {
  RLR_ENSURE(!differences.empty() && resamples > 0, "{} seeds", differences.size());
  Sequence random(
      RandomKey{.seed = 0, .purpose = Purpose::noise, .prompt = hash_id("two_level_bootstrap")});
  std::vector<double> means;
  means.reserve(static_cast<size_t>(resamples));
  const auto pick = [&](size_t size) {
    return static_cast<size_t>(random.between(0, static_cast<int64_t>(size) - 1));
  };
  for (int64_t r = 0; r < resamples; ++r) {
    double total = 0;
    for (size_t s = 0; s < differences.size(); ++s) {
      const std::vector<double>& items = differences[pick(differences.size())];
      RLR_ENSURE(!items.empty(), "a seed without items");
      double sum = 0;
      for (size_t i = 0; i < items.size(); ++i) sum += items[pick(items.size())];
      total += sum / static_cast<double>(items.size());
    }
    means.push_back(total / static_cast<double>(differences.size()));
  }
  std::sort(means.begin(), means.end());
  return {quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace rlreason::sweep
