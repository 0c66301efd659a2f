#include "evaluators/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/error.h"

namespace rlreason::eval {
namespace {

data::Outcome outcome_of(const std::string& name, const std::string& item) {
  if (name == "right") return data::Outcome::right;
  if (name == "wrong") return data::Outcome::wrong;
  if (name == "unscored") return data::Outcome::unscored;
  throw DataError("item {}: required right, wrong or unscored, '{}' came; evaluate again", item,
                  name);
}

int64_t size_of(const ItemResults& item) { return static_cast<int64_t>(item.samples.size()); }

void require_items(const std::vector<ItemResults>& items) {
  if (items.empty()) throw UserError("required evaluated items, there are none; evaluate first");
  for (const auto& item : items)
    if (item.samples.empty())
      throw UserError("item {}: required a sample, there is none; evaluate again", item.id);
}

void require_k(const ItemResults& item, int64_t k) {
  if (k < 1) throw UserError("k: required at least 1, {} came", k);
  if (size_of(item) < k)
    throw UserError(
        "item {}: required {} samples for k = {}, {} are stored; evaluate with --samples {}",
        item.id, k, k, size_of(item), k);
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Class {
  int64_t size = 0;
  double value =
      0;  // right share of its samples: 0 or 1 unless the verifier judged equal answers differently
};

std::vector<Class> classes_of(const ItemResults& item) {
  std::map<std::string, std::pair<int64_t, int64_t>> counts;
  for (const auto& sample : item.samples) {
    if (sample.answer.empty()) continue;
    auto& [size, right] = counts[sample.answer];
    ++size;
    right += sample.right();
  }
  std::vector<Class> classes;
  for (const auto& [answer, count] : counts)
    classes.push_back(
        {count.first, static_cast<double>(count.second) / static_cast<double>(count.first)});
  return classes;
}

// All samples drawn: the largest classes share the vote.
double plurality(const std::vector<Class>& classes) {
  int64_t most = 0, winners = 0;
  double value = 0;
  for (const auto& one : classes) {
    if (one.size > most) {
      most = one.size;
      winners = 0;
      value = 0;
    }
    if (one.size == most) {
      ++winners;
      value += one.value;
    }
  }
  return winners == 0 ? 0.0 : value / static_cast<double>(winners);
}

long double choose(int64_t n, int64_t k) {
  if (k < 0 || k > n) return 0;
  long double result = 1;
  for (int64_t i = 1; i <= k; ++i)
    result = result * static_cast<long double>(n - k + i) / static_cast<long double>(i);
  return result;
}

// How many of the C(n, k) draws give class `winner` exactly `votes` and no other class more; a draw in which t others
// have as many counts 1/(1 + t).
long double winning_draws(const std::vector<Class>& classes, size_t winner, int64_t votes,
                          int64_t abstain, int64_t k) {
  const int64_t rest = k - votes, most_ties = rest / votes;
  const auto at = [&](int64_t picked, int64_t ties) {
    return static_cast<size_t>(picked * (most_ties + 1) + ties);
  };
  std::vector<long double> ways(static_cast<size_t>((rest + 1) * (most_ties + 1)), 0);
  for (int64_t picked = 0; picked <= rest; ++picked) ways[at(picked, 0)] = choose(abstain, picked);
  for (size_t other = 0; other < classes.size(); ++other) {
    if (other == winner) continue;
    std::vector<long double> next(ways.size(), 0);
    for (int64_t take = 0; take <= std::min(votes, classes[other].size); ++take) {
      const long double ways_here = choose(classes[other].size, take);
      const int64_t tie = take == votes;
      for (int64_t picked = 0; picked + take <= rest; ++picked)
        for (int64_t ties = 0; ties + tie <= most_ties; ++ties)
          next[at(picked + take, ties + tie)] += ways[at(picked, ties)] * ways_here;
    }
    ways = std::move(next);
  }
  long double sum = 0;
  for (int64_t ties = 0; ties <= most_ties; ++ties)
    sum += ways[at(rest, ties)] / static_cast<long double>(1 + ties);
  return sum * choose(classes[winner].size, votes);
}

}  // namespace

int64_t ItemResults::right() const {
  return std::count_if(samples.begin(), samples.end(),
                       [](const SampleResult& s) { return s.right(); });
}

std::vector<ItemResults> item_results(const store::EvalFacts& facts) {
  std::vector<ItemResults> items;
  for (const auto& fact : facts.items) {
    ItemResults item{.id = fact.id, .samples = {}};
    for (const auto& sample : fact.samples)
      item.samples.push_back({.outcome = outcome_of(sample.outcome, fact.id),
                              .answer = sample.answer,
                              .length = sample.length,
                              .truncated = sample.finish == "length"});
    items.push_back(std::move(item));
  }
  return items;
}

double pass_at_k(int64_t n, int64_t c, int64_t k) {
  RLR_ENSURE(c >= 0 && c <= n, "{} right of {}", c, n);
  if (k < 1 || k > n)
    throw UserError("pass@k: required 1 <= k <= samples, k = {} and {} samples came", k, n);
  if (n - c < k) return 1.0;
  double all_wrong = 1.0;
  for (int64_t i = n - c + 1; i <= n; ++i)
    all_wrong *= 1.0 - static_cast<double>(k) / static_cast<double>(i);
  return 1.0 - all_wrong;
}

double maj_at_k(const ItemResults& item, int64_t k) {
  require_k(item, k);
  const auto classes = classes_of(item);
  if (k == size_of(item)) return plurality(classes);
  int64_t abstain = size_of(item);
  for (const auto& one : classes) abstain -= one.size;
  long double expected = 0;
  for (size_t winner = 0; winner < classes.size(); ++winner) {
    if (classes[winner].value == 0.0) continue;
    long double draws = 0;
    for (int64_t votes = 1; votes <= std::min(k, classes[winner].size); ++votes)
      draws += winning_draws(classes, winner, votes, abstain, k);
    expected += draws * static_cast<long double>(classes[winner].value);
  }
  return static_cast<double>(expected / choose(size_of(item), k));
}

std::vector<double> item_means(const std::vector<ItemResults>& items) {
  require_items(items);
  std::vector<double> values;
  for (const auto& item : items)
    values.push_back(static_cast<double>(item.right()) / static_cast<double>(item.samples.size()));
  return values;
}

std::vector<double> item_pass_at_k(const std::vector<ItemResults>& items, int64_t k) {
  require_items(items);
  std::vector<double> values;
  for (const auto& item : items) {
    require_k(item, k);
    values.push_back(pass_at_k(size_of(item), item.right(), k));
  }
  return values;
}

std::vector<double> item_maj_at_k(const std::vector<ItemResults>& items, int64_t k) {
  require_items(items);
  std::vector<double> values;
  for (const auto& item : items) values.push_back(maj_at_k(item, k));
  return values;
}

double mean_at_k(const std::vector<ItemResults>& items) { return mean_of(item_means(items)); }
double pass_at_k(const std::vector<ItemResults>& items, int64_t k) {
  return mean_of(item_pass_at_k(items, k));
}
double maj_at_k(const std::vector<ItemResults>& items, int64_t k) {
  return mean_of(item_maj_at_k(items, k));
}

SampleRates sample_rates(const std::vector<ItemResults>& items) {
  require_items(items);
  SampleRates rates{.items = static_cast<int64_t>(items.size())};
  rates.min_samples = rates.max_samples = size_of(items.front());
  int64_t extracted = 0, truncated = 0, length_right = 0, length_wrong = 0;
  for (const auto& item : items) {
    rates.samples += size_of(item);
    rates.min_samples = std::min(rates.min_samples, size_of(item));
    rates.max_samples = std::max(rates.max_samples, size_of(item));
    for (const auto& sample : item.samples) {
      rates.right += sample.right();
      rates.unscored += sample.outcome == data::Outcome::unscored;
      extracted += !sample.answer.empty();
      truncated += sample.truncated;
      (sample.right() ? length_right : length_wrong) += sample.length;
    }
  }
  const auto ratio = [](int64_t a, int64_t b) {
    return b == 0 ? std::numeric_limits<double>::quiet_NaN()
                  : static_cast<double>(a) / static_cast<double>(b);
  };
  rates.unscored_rate = ratio(rates.unscored, rates.samples);
  rates.extraction_rate = ratio(extracted, rates.samples);
  rates.truncation_rate = ratio(truncated, rates.samples);
  rates.mean_length = ratio(length_right + length_wrong, rates.samples);
  rates.mean_length_right = ratio(length_right, rates.right);
  rates.mean_length_wrong = ratio(length_wrong, rates.samples - rates.right);
  return rates;
}

}  // namespace rlreason::eval
