#include "evaluators/majority.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"

namespace rlreason::eval {
namespace {

struct Class {
  int64_t size = 0;
  double value =
      0;  // right share of its samples: 0 or 1 unless equal answers were judged differently
};

std::vector<Class> classes_of(const ItemResults& item) {
  std::map<std::string, std::pair<int64_t, int64_t>> counts;
  for (const auto& sample : item.samples) {
    if (!sample.votes()) continue;
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

struct Vote {
  double value = 0;
  bool tied = false;  // between classes of different worth
};

// All samples drawn: the largest classes share the vote.
Vote plurality(const std::vector<Class>& classes) {
  int64_t most = 0;
  for (const auto& one : classes) most = std::max(most, one.size);
  double sum = 0, least = 1, greatest = 0, winners = 0;
  for (const auto& one : classes) {
    if (one.size < most) continue;
    winners += 1;
    sum += one.value;
    least = std::min(least, one.value);
    greatest = std::max(greatest, one.value);
  }
  if (winners == 0) return {};
  return {.value = sum / winners, .tied = least < greatest};
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

double maj_at_k(const ItemResults& item, int64_t k) {
  require_k(item, k);
  const auto classes = classes_of(item);
  const auto n = static_cast<int64_t>(item.samples.size());
  if (k == n) return plurality(classes).value;
  int64_t abstain = n;
  for (const auto& one : classes) abstain -= one.size;
  long double expected = 0;
  for (size_t winner = 0; winner < classes.size(); ++winner) {
    if (classes[winner].value == 0.0) continue;
    long double draws = 0;
    for (int64_t votes = 1; votes <= std::min(k, classes[winner].size); ++votes)
      draws += winning_draws(classes, winner, votes, abstain, k);
    expected += draws * static_cast<long double>(classes[winner].value);
  }
  return static_cast<double>(expected / choose(n, k));
}

std::vector<double> item_maj_at_k(const std::vector<ItemResults>& items, int64_t k) {
  require_items(items);
  std::vector<double> values;
  for (const auto& item : items) values.push_back(maj_at_k(item, k));
  return values;
}

double maj_at_k(const std::vector<ItemResults>& items, int64_t k) {
  const std::vector<double> values = item_maj_at_k(items, k);
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double tie_rate(const std::vector<ItemResults>& items) {
  require_items(items);
  double ties = 0;
  for (const auto& item : items) ties += plurality(classes_of(item)).tied;
  return ties / static_cast<double>(items.size());
}

}  // namespace rlreason::eval
