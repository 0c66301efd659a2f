#include "sweeps/compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <tuple>

#include "core/error.h"
#include "core/random_bulk.h"
#include "evaluators/bootstrap.h"
#include "evaluators/intervals.h"
#include "evaluators/paired.h"

namespace rlreason::sweep {
namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// P(|T| > c) with T = (Z + effect sqrt(n)) / S: Simpson's rule over S = sqrt(chi^2_df / df).  What does not depend on the
// effect is tabulated, for the search of an effect.
class TestPower {
 public:
  TestPower(int64_t n, double alpha) : root_n_(std::sqrt(static_cast<double>(n))) {
    const double df = static_cast<double>(n - 1);
    critical_ = eval::student_t_quantile(1 - alpha / 2, df);
    step_ = (1 + 10 / std::sqrt(df)) / kSteps;
    const double log_norm = std::log(2.0) + df / 2 * std::log(df / 2) - std::lgamma(df / 2);
    const auto density = [&](double s) {
      if (s <= 0) return df > 1 ? 0.0 : std::exp(log_norm);
      return std::exp(log_norm + (df - 1) * std::log(s) - df * s * s / 2);
    };
    for (int i = 0; i <= kSteps; ++i) {
      const double weight = i == 0 || i == kSteps ? 1 : (i % 2 != 0 ? 4 : 2);
      weighted_density_.push_back(weight * density(i * step_));
    }
  }

  double at(double effect) const {
    const double shift = effect * root_n_;
    double sum = 0;
    for (int i = 0; i <= kSteps; ++i) {
      const double s = i * step_;
      const double reject = normal_cdf(shift - critical_ * s) + normal_cdf(-shift - critical_ * s);
      sum += weighted_density_[static_cast<size_t>(i)] * reject;
    }
    return sum * step_ / 3;
  }

 private:
  static constexpr int kSteps = 4000;
  double root_n_, critical_ = 0, step_ = 0;
  std::vector<double> weighted_density_;
};

double effect_of_power(int64_t n, double alpha, double power) {
  RLR_ENSURE(n >= 2, "{} values", n);
  const TestPower test(n, alpha);
  double low = 0, high = 1;
  while (test.at(high) < power) high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (test.at(middle) < power ? low : high) = middle;
  }
  return (low + high) / 2;
}

// Of the numbers that a two-level bootstrap draws: the same for every row.
RandomKey key_of_picks() {
  return {.seed = 0, .purpose = Purpose::noise, .prompt = hash_id("two_level_bootstrap")};
}

class Picks {
 public:
  size_t below(size_t size) {
    return static_cast<size_t>(random_.between(0, static_cast<int64_t>(size) - 1));
  }

 private:
  Sequence random_{key_of_picks()};
};

Interval middle_95(std::vector<double>& means) {
  std::sort(means.begin(), means.end());
  return {eval::sorted_quantile(means, 0.025), eval::sorted_quantile(means, 0.975)};
}

void require_items(const ItemDifferences& differences) {
  RLR_ENSURE(!differences.empty(), "no seeds");
  for (const std::vector<double>& items : differences)
    RLR_ENSURE(!items.empty(), "a seed without items");
}

// Rows of one shape, value by value beside each other: [seed][item * rows + row].
std::vector<std::vector<double>> interleaved(const std::vector<const ItemDifferences*>& rows) {
  std::vector<std::vector<double>> all(rows.front()->size());
  for (size_t s = 0; s < all.size(); ++s)
    for (size_t i = 0; i < (*rows.front())[s].size(); ++i)
      for (const ItemDifferences* row : rows) all[s].push_back((*row)[s][i]);
  return all;
}

// two_level_bootstrap of several rows of one shape: it would draw the same seeds and items for each, so they are drawn once.
std::vector<Interval> bootstrap_together(const std::vector<const ItemDifferences*>& rows,
                                         int64_t resamples) {
  const size_t count = rows.size(), seeds = rows.front()->size();
  const auto values = interleaved(rows);
  std::vector<std::vector<double>> means(count);
  std::vector<double> total(count), sum(count);
  BulkSequence picks(key_of_picks());
  const BelowRange any_seed(seeds);
  std::vector<BelowRange> any_item;
  for (const std::vector<double>& seed : values) any_item.emplace_back(seed.size() / count);
  for (int64_t r = 0; r < resamples; ++r) {
    std::fill(total.begin(), total.end(), 0.0);
    for (size_t s = 0; s < seeds; ++s) {
      const size_t chosen = picks.below(any_seed);
      const std::vector<double>& seed = values[chosen];
      const size_t items = seed.size() / count;
      std::fill(sum.begin(), sum.end(), 0.0);
      for (size_t i = 0; i < items; ++i) {
        const double* drawn = &seed[picks.below(any_item[chosen]) * count];
        for (size_t row = 0; row < count; ++row) sum[row] += drawn[row];
      }
      for (size_t row = 0; row < count; ++row) total[row] += sum[row] / static_cast<double>(items);
    }
    for (size_t row = 0; row < count; ++row)
      means[row].push_back(total[row] / static_cast<double>(seeds));
  }
  std::vector<Interval> intervals;
  for (std::vector<double>& of_row : means) intervals.push_back(middle_95(of_row));
  return intervals;
}

std::vector<size_t> shape_of(const ItemDifferences& differences) {
  std::vector<size_t> shape;
  for (const std::vector<double>& items : differences) shape.push_back(items.size());
  return shape;
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
  const eval::Interval interval = eval::t_interval(values, level);
  result.mean = interval.value;
  if (values.size() < 2) return result;
  result.sd = interval.standard_error * std::sqrt(static_cast<double>(result.n));
  result.half_width = interval.high - interval.value;
  return result;
}

Correction parse_correction(const std::string& name) {
  if (name == kCorrections[0]) return Correction::holm;
  if (name == kCorrections[1]) return Correction::benjamini_hochberg;
  throw UserError("correction: required holm or bh, '{}' came", name);
}

std::vector<double> adjusted(const std::vector<double>& p_values, Correction correction) {
  return correction == Correction::holm ? eval::holm(p_values) : eval::benjamini_hochberg(p_values);
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
  test.p_adjusted = test.p;
  return test;
}

double equivalence_p(const MeanInterval& difference, double margin) {
  RLR_ENSURE(difference.n >= 2 && margin > 0, "{} values, margin {}", difference.n, margin);
  const double error = difference.sd / std::sqrt(static_cast<double>(difference.n));
  const double inside = margin - std::abs(difference.mean);
  if (error == 0) return inside > 0 ? 0 : 1;
  return 1 - eval::student_t_cdf(inside / error, static_cast<double>(difference.n - 1));
}

double t_test_power(double effect, int64_t n, double alpha) {
  return TestPower(n, alpha).at(effect);
}

// Once for each number of seeds and level: every row and column of a table asks for the same.
double detectable_effect(int64_t n, double alpha, double power) {
  static std::mutex guard;
  static std::map<std::tuple<int64_t, double, double>, double> known;
  const std::lock_guard lock(guard);
  const auto [effect, added] = known.try_emplace({n, alpha, power}, 0.0);
  if (added) effect->second = effect_of_power(n, alpha, power);
  return effect->second;
}

Interval two_level_bootstrap(const ItemDifferences& differences, int64_t resamples) {
  require_items(differences);
  RLR_ENSURE(resamples > 0, "{} resamples", resamples);
  Picks picks;
  std::vector<double> means;
  for (int64_t r = 0; r < resamples; ++r) {
    double total = 0;
    for (size_t s = 0; s < differences.size(); ++s) {
      const std::vector<double>& items = differences[picks.below(differences.size())];
      double sum = 0;
      for (size_t i = 0; i < items.size(); ++i) sum += items[picks.below(items.size())];
      total += sum / static_cast<double>(items.size());
    }
    means.push_back(total / static_cast<double>(differences.size()));
  }
  return middle_95(means);
}

std::vector<Interval> two_level_bootstraps(const std::vector<ItemDifferences>& rows,
                                           int64_t resamples) {
  RLR_ENSURE(resamples > 0, "{} resamples", resamples);
  std::map<std::vector<size_t>, std::vector<size_t>> by_shape;
  for (size_t row = 0; row < rows.size(); ++row) {
    require_items(rows[row]);
    by_shape[shape_of(rows[row])].push_back(row);
  }
  std::vector<Interval> intervals(rows.size());
  for (const auto& [shape, members] : by_shape) {
    std::vector<const ItemDifferences*> together;
    for (const size_t row : members) together.push_back(&rows[row]);
    const std::vector<Interval> found = bootstrap_together(together, resamples);
    for (size_t i = 0; i < members.size(); ++i) intervals[members[i]] = found[i];
  }
  return intervals;
}

}  // namespace rlreason::sweep
