#include "evaluators/paired.h"

#include <math.h>  // lgamma_r: std::lgamma writes a global

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace rlreason::eval {
namespace {

constexpr size_t kExactFlips = 20;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1);
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() < 2) return kNone;
  const double scale = covariance(a, a) * covariance(b, b);
  return scale > 0 ? covariance(a, b) / std::sqrt(scale) : kNone;
}

// Mean over items of p (1 - p) K / (K - 1); one sample shows no spread and counts 0.
double within(const std::vector<ItemResults>& items, double& error_of_means) {
  double sum = 0;
  error_of_means = 0;
  for (const ItemResults& item : items) {
    const double k = static_cast<double>(item.samples.size());
    const double p = static_cast<double>(item.right()) / k;
    const double variance = k > 1 ? p * (1.0 - p) * k / (k - 1.0) : 0.0;
    sum += variance;
    error_of_means += variance / k;
  }
  error_of_means /= static_cast<double>(items.size());
  return sum / static_cast<double>(items.size());
}

bool single(const std::vector<ItemResults>& items) {
  return std::all_of(items.begin(), items.end(),
                     [](const ItemResults& item) { return item.samples.size() == 1; });
}

int64_t least_samples(const std::vector<ItemResults>& items) {
  size_t least = items.front().samples.size();
  for (const ItemResults& item : items) least = std::min(least, item.samples.size());
  return static_cast<int64_t>(least);
}

double exact_flips(const std::vector<double>& values, double threshold) {
  const uint32_t patterns = 1u << values.size();
  uint32_t hits = 0;
  for (uint32_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i)
      sum += (pattern >> i & 1u) != 0 ? -values[i] : values[i];
    hits += std::abs(sum) >= threshold;
  }
  return static_cast<double>(hits) / static_cast<double>(patterns);
}

double drawn_flips(const std::vector<double>& values, double threshold, int64_t draws,
                   uint64_t seed) {
  int64_t hits = 0;
  for (int64_t draw = 0; draw < draws; ++draw) {
    Sequence numbers({.seed = seed,
                      .purpose = Purpose::noise,
                      .iteration = static_cast<uint64_t>(draw),
                      .prompt = hash_id("sign_flip")});
    double sum = 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < values.size(); ++i, bits >>= 1) {
      if (i % 64 == 0) bits = numbers.bits();
      sum += (bits & 1u) != 0 ? -values[i] : values[i];
    }
    hits += std::abs(sum) >= threshold;
  }
  return static_cast<double>(1 + hits) / static_cast<double>(1 + draws);
}

}  // namespace

McNemar mcnemar(int64_t b, int64_t c) {
  RLR_ENSURE(b >= 0 && c >= 0, "{} and {} discordant items", b, c);
  McNemar result{.b = b, .c = c, .p = 1.0};
  const auto n = static_cast<double>(b + c), least = static_cast<double>(std::min(b, c));
  if (b == c) return result;
  // From the largest term downwards: each is the one above it times j / (n - j + 1).
  double term = std::exp(log_gamma(n + 1) - log_gamma(least + 1) - log_gamma(n - least + 1) -
                         n * std::log(2.0));
  double sum = 0;
  for (double j = least; j >= 0; --j) {
    sum += term;
    term *= j / (n - j + 1);
  }
  result.p = std::min(1.0, 2.0 * sum);
  return result;
}

double sign_flip_p(const std::vector<double>& differences, int64_t draws, uint64_t seed) {
  std::vector<double> values;
  for (const double difference : differences)
    if (difference != 0.0) values.push_back(difference);
  const double observed = std::abs(std::accumulate(values.begin(), values.end(), 0.0));
  const double threshold =
      observed - 1e-12 * std::max(1.0, observed);  // equal sums may differ in the last bits
  return values.size() <= kExactFlips ? exact_flips(values, threshold)
                                      : drawn_flips(values, threshold, draws, seed);
}

namespace {

std::vector<size_t> ascending(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] < values[b]; });
  return order;
}

}  // namespace

std::vector<double> holm(const std::vector<double>& p_values) {
  const std::vector<size_t> order = ascending(p_values);
  std::vector<double> adjusted(p_values.size());
  double running = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    running = std::max(running, static_cast<double>(order.size() - rank) * p_values[order[rank]]);
    adjusted[order[rank]] = std::min(1.0, running);
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(const std::vector<double>& p_values) {
  const std::vector<size_t> order = ascending(p_values);
  std::vector<double> adjusted(p_values.size());
  const auto tests = static_cast<double>(order.size());
  double running = 1;
  for (size_t rank = order.size(); rank-- > 0;) {
    running = std::min(running, tests / static_cast<double>(rank + 1) * p_values[order[rank]]);
    adjusted[order[rank]] = running;
  }
  return adjusted;
}

double detectable_difference(const Spread& spread, int64_t items, int64_t samples_a,
                             int64_t samples_b, double alpha, double power) {
  if (items < 2) return kNone;
  const double variance = spread.between + spread.within_a / static_cast<double>(samples_a) +
                          spread.within_b / static_cast<double>(samples_b);
  return (normal_quantile(1.0 - alpha / 2) + normal_quantile(power)) *
         std::sqrt(variance / static_cast<double>(items));
}

PairedComparison compare_items(const std::vector<ItemResults>& a,
                               const std::vector<ItemResults>& b) {
  if (a.size() != b.size())
    throw UserError("paired comparison: required the same items, {} and {} came", a.size(),
                    b.size());
  const std::vector<double> values_a = item_means(a), values_b = item_means(b);
  PairedComparison result;
  result.items = static_cast<int64_t>(a.size());
  result.mean_a = mean_of(values_a);
  result.mean_b = mean_of(values_b);
  result.difference = paired_difference(values_a, values_b);
  result.correlation = correlation(values_a, values_b);
  std::vector<double> differences(a.size());
  int64_t only_a = 0, only_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    RLR_ENSURE(a[i].id == b[i].id, "items {} and {}", a[i].id, b[i].id);
    differences[i] = values_a[i] - values_b[i];
    if (differences[i] != 0.0) result.discordant.push_back(i);
    only_a += differences[i] > 0;
    only_b += differences[i] < 0;
  }
  double error_a = 0, error_b = 0;
  result.spread.within_a = within(a, error_a);
  result.spread.within_b = within(b, error_b);
  if (a.size() >= 2)
    result.spread.between = std::max(0.0, covariance(differences, differences) - error_a - error_b);
  result.detectable =
      detectable_difference(result.spread, result.items, least_samples(a), least_samples(b));
  if (single(a) && single(b)) {
    result.mcnemar = mcnemar(only_a, only_b);
    result.p = result.mcnemar->p;
  } else {
    result.p = sign_flip_p(differences);
  }
  return result;
}

}  // namespace rlreason::eval
