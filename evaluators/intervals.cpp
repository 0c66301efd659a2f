#include "evaluators/intervals.h"

#include <math.h>  // lgamma_r: std::lgamma writes a global

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <set>

#include "core/error.h"

namespace rlreason::eval {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

void require_probability(double p, const char* what) {
  if (!(p > 0.0 && p < 1.0)) throw UserError("{}: required a number in (0, 1), {} came", what, p);
}

// The continued fraction of I_x(a, b), modified Lentz; converges fast for x < (a + 1)/(a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300, kPrecision = 1e-16;
  const auto away_from_zero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1.0, d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)), result = d;
  for (int m = 1; m < 100000; ++m) {
    const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    double factor = 1.0;
    for (const double term : {even, odd}) {
      d = 1.0 / away_from_zero(1.0 + term * d);
      c = away_from_zero(1.0 + term / c);
      factor = c * d;
      result *= factor;
    }
    if (std::abs(factor - 1.0) < kPrecision) break;
  }
  return result;
}

// x > 0 with tail(x) = q for a falling tail: Newton steps, kept inside a bracket by bisection.
template <class Tail, class Density>
double invert_tail(double q, const Tail& tail, const Density& density) {
  double low = 0.0, high = 1.0;
  while (tail(high) > q && high < 1e300) {
    low = high;
    high *= 2.0;
  }
  double x = 0.5 * (low + high);
  for (int i = 0; i < 400; ++i) {
    const double excess = tail(x) - q;
    (excess > 0 ? low : high) = x;
    double next = x + excess / density(x);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - x) <= 1e-16 * x || next == x) return next;
    x = next;
  }
  return x;
}

double t_tail(double t, double degrees) {  // P(T > t), t >= 0
  const double square = t * t;
  return square < degrees
             ? 0.5 - 0.5 * incomplete_beta(0.5, 0.5 * degrees, square / (degrees + square))
             : 0.5 * incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + square));
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double sum_of_squares(const std::vector<double>& values, double mean) {
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
  RLR_ENSURE(a > 0 && b > 0 && x >= 0 && x <= 1, "a {} b {} x {}", a, b, x);
  if (x == 0.0 || x == 1.0) return x;
  if (x > (a + 1.0) / (a + b + 2.0)) return 1.0 - incomplete_beta(b, a, 1.0 - x);
  const double log_front =
      log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(log_front) * beta_fraction(a, b, x) / a;
}

double normal_quantile(double probability) {
  require_probability(probability, "normal quantile");
  if (probability == 0.5) return 0.0;
  const double q = std::min(probability, 1.0 - probability);
  const double x = invert_tail(
      q, [](double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); },
      [](double z) { return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi); });
  return probability > 0.5 ? x : -x;
}

double student_t_cdf(double t, double degrees) {
  if (!(degrees > 0))
    throw UserError("degrees of freedom: required a positive number, {} came", degrees);
  const double tail = t_tail(std::abs(t), degrees);
  return t > 0 ? 1.0 - tail : tail;
}

double student_t_quantile(double probability, double degrees) {
  require_probability(probability, "t quantile");
  if (!(degrees > 0))
    throw UserError("degrees of freedom: required a positive number, {} came", degrees);
  if (probability == 0.5) return 0.0;
  const double log_scale = log_gamma(0.5 * (degrees + 1.0)) - log_gamma(0.5 * degrees) -
                           0.5 * std::log(degrees * std::numbers::pi);
  const double q = std::min(probability, 1.0 - probability);
  const double t = invert_tail(
      q, [&](double x) { return t_tail(x, degrees); },
      [&](double x) {
        return std::exp(log_scale - 0.5 * (degrees + 1.0) * std::log1p(x * x / degrees));
      });
  return probability > 0.5 ? t : -t;
}

Interval wilson(int64_t right, int64_t n, double confidence) {
  require_probability(confidence, "confidence");
  if (n < 1 || right < 0 || right > n)
    throw UserError("wilson: required 0 <= right <= n, n > 0; {} of {} came", right, n);
  const double z = normal_quantile(0.5 + 0.5 * confidence), count = static_cast<double>(n);
  const double p = static_cast<double>(right) / count, shrink = 1.0 + z * z / count;
  const double center = (p + z * z / (2.0 * count)) / shrink;
  const double half = z * std::sqrt(p * (1.0 - p) / count + z * z / (4.0 * count * count)) / shrink;
  return {.value = p,
          .low = right == 0 ? 0.0 : center - half,
          .high = right == n ? 1.0 : center + half,
          .standard_error = std::sqrt(p * (1.0 - p) / count)};
}

double clustered_standard_error(const std::vector<ItemResults>& items) {
  const auto means = item_means(items);
  if (items.size() < 2) return kNone;
  const double count = static_cast<double>(items.size());
  return std::sqrt(sum_of_squares(means, mean_of(means)) / (count - 1.0) / count);
}

Interval mean_interval(const std::vector<ItemResults>& items, double confidence) {
  const auto means = item_means(items);
  const auto count = static_cast<int64_t>(items.size());
  const bool single = std::all_of(items.begin(), items.end(),
                                  [](const auto& item) { return item.samples.size() == 1; });
  const auto [low, high] = std::minmax_element(means.begin(), means.end());
  const bool agree = *low == *high && (*low == 0.0 || *low == 1.0);
  if (single || agree) {
    const double right = std::accumulate(means.begin(), means.end(), 0.0);
    return wilson(static_cast<int64_t>(std::llround(right)), count, confidence);
  }
  Interval interval{.value = mean_of(means),
                    .low = 0.0,
                    .high = 1.0,
                    .standard_error = clustered_standard_error(items)};
  if (count < 2) return interval;
  const double half = student_t_quantile(0.5 + 0.5 * confidence, static_cast<double>(count - 1)) *
                      interval.standard_error;
  interval.low = std::max(0.0, interval.value - half);
  interval.high = std::min(1.0, interval.value + half);
  return interval;
}

Interval t_interval(const std::vector<double>& values, double confidence) {
  require_probability(confidence, "confidence");
  if (values.empty()) throw UserError("interval: required values, there are none");
  const double mean = mean_of(values), count = static_cast<double>(values.size());
  if (values.size() == 1)
    return {.value = mean, .low = -kInfinity, .high = kInfinity, .standard_error = kNone};
  const double error = std::sqrt(sum_of_squares(values, mean) / (count - 1.0) / count);
  const double half = student_t_quantile(0.5 + 0.5 * confidence, count - 1.0) * error;
  return {.value = mean, .low = mean - half, .high = mean + half, .standard_error = error};
}

Interval paired_difference(const std::vector<double>& a, const std::vector<double>& b,
                           double confidence) {
  if (a.size() != b.size())
    throw UserError("paired difference: required equal lengths, {} and {} came", a.size(),
                    b.size());
  std::vector<double> differences(a.size());
  for (size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return t_interval(differences, confidence);
}

double grouped_standard_error(const std::vector<double>& values,
                              const std::vector<std::string>& groups) {
  if (values.empty() || values.size() != groups.size())
    throw UserError("grouped error: required a group for each value, {} groups and {} values came",
                    groups.size(), values.size());
  const double mean = mean_of(values), count = static_cast<double>(values.size());
  std::map<std::string, double> deviations;
  for (size_t i = 0; i < values.size(); ++i) deviations[groups[i]] += values[i] - mean;
  if (deviations.size() < 2) return kNone;
  double squares = 0;
  for (const auto& [group, deviation] : deviations) squares += deviation * deviation;
  const double clusters = static_cast<double>(deviations.size());
  return std::sqrt(squares * clusters / (clusters - 1.0)) / count;
}

Interval grouped_interval(const std::vector<double>& values,
                          const std::vector<std::string>& groups, double confidence) {
  Interval interval{.value = mean_of(values),
                    .low = -kInfinity,
                    .high = kInfinity,
                    .standard_error = grouped_standard_error(values, groups)};
  const auto clusters = std::set<std::string>(groups.begin(), groups.end()).size();
  if (clusters < 2) return interval;
  const double half =
      student_t_quantile(0.5 + 0.5 * confidence, static_cast<double>(clusters - 1)) *
      interval.standard_error;
  interval.low = interval.value - half;
  interval.high = interval.value + half;
  return interval;
}

Interval macro_average(const std::vector<Interval>& suites, double confidence) {
  require_probability(confidence, "confidence");
  if (suites.empty()) throw UserError("macro average: required suites, there are none");
  const double count = static_cast<double>(suites.size());
  Interval average;
  double squares = 0;
  for (const Interval& suite : suites) {
    average.value += suite.value / count;
    squares += suite.standard_error * suite.standard_error;
  }
  average.standard_error = std::sqrt(squares) / count;
  const double half = normal_quantile(0.5 + 0.5 * confidence) * average.standard_error;
  average.low = average.value - half;
  average.high = average.value + half;
  return average;
}

}  // namespace rlreason::eval
