#include "evaluators/best_of.h"

#include <algorithm>
#include <map>

#include "core/error.h"

namespace rlreason::eval {
namespace {

struct Level {
  int64_t size = 0, right = 0;
};

// C(m, k) / C(n, k) for m <= n.
long double share_of_draws(int64_t m, int64_t n, int64_t k) {
  long double share = 1.0L;
  for (int64_t i = 0; i < k; ++i)
    share *=
        static_cast<long double>(std::max<int64_t>(0, m - i)) / static_cast<long double>(n - i);
  return share;
}

}  // namespace

bool has_scores(const std::vector<ItemResults>& items) {
  for (const ItemResults& item : items)
    for (const SampleResult& sample : item.samples)
      if (!sample.score) return false;
  return !items.empty();
}

double best_of_k(const ItemResults& item, int64_t k) {
  require_k(item, k);
  std::map<double, Level> levels;
  for (const SampleResult& sample : item.samples) {
    if (!sample.score)
      throw UserError(
          "item {}: required a score for every sample, one has none; grade again with scores",
          item.id);
    Level& level = levels[*sample.score];
    ++level.size;
    level.right += sample.right();
  }
  const auto n = static_cast<int64_t>(item.samples.size());
  long double expected = 0, below_share = 0;
  int64_t up_to = 0;
  for (const auto& [score, level] : levels) {
    up_to += level.size;
    const long double share = share_of_draws(up_to, n, k);
    expected += (share - below_share) * static_cast<long double>(level.right) /
                static_cast<long double>(level.size);
    below_share = share;
  }
  return static_cast<double>(expected);
}

std::vector<double> item_best_of_k(const std::vector<ItemResults>& items, int64_t k) {
  std::vector<double> values;
  for (const ItemResults& item : items) values.push_back(best_of_k(item, k));
  return values;
}

}  // namespace rlreason::eval
