#include "sweeps/compare/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "evaluators/bootstrap.h"
#include "evaluators/intervals.h"
#include "evaluators/paired.h"

namespace rlreason::sweep {
namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

double student_two_sided_p(double t, double degrees) {
  if (std::isinf(t)) return 0;
  return eval::incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

MeanInterval mean_interval(const std::vector<double>& values, double level) {
  MeanInterval result;
  result.n = static_cast<int64_t>(values.size());
  if (values.empty()) return result;
  const eval::Interval interval = eval::t_interval(values, level);
  result.mean = interval.value;
  if (values.size() < 2) return result;
  result.sd = interval.standard_error * std::sqrt(static_cast<double>(result.n));
  result.half_width = interval.high - interval.value;
  return result;
}

PairedTest paired_test(const std::vector<double>& differences, double alpha) {
  PairedTest test;
  test.alpha = alpha;
  test.difference = mean_interval(differences, 1 - alpha);
  test.sign_flip_p = eval::sign_flip_p(differences);
  const int64_t n = test.difference.n;
  if (n >= 2) {
    const double error = test.difference.sd / std::sqrt(static_cast<double>(n));
    if (error > 0)
      test.p = student_two_sided_p(test.difference.mean / error, static_cast<double>(n - 1));
    else
      test.p = test.difference.mean == 0 ? 1 : 0;
    test.detectable = detectable_effect(n, alpha) * test.difference.sd;
  }
  test.p_holm = test.p;
  return test;
}

double equivalence_p(const MeanInterval& difference, double margin) {
  RLR_ENSURE(difference.n >= 2 && margin > 0, "{} values, margin {}", difference.n, margin);
  const double error = difference.sd / std::sqrt(static_cast<double>(difference.n));
  const double inside = margin - std::abs(difference.mean);
  if (error == 0) return inside > 0 ? 0 : 1;
  return 1 - eval::student_t_cdf(inside / error, static_cast<double>(difference.n - 1));
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
  return {eval::sorted_quantile(means, 0.025), eval::sorted_quantile(means, 0.975)};
}

}  // namespace rlreason::sweep
