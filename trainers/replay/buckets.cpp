#include "trainers/replay/buckets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rlreason::train {
namespace {

double weight(const ReplayConfig& config, double right, double responses) {
  const double share = right / responses;
  const auto normal = [&](double distance) {
    return std::exp(-0.5 * std::pow(distance / config.bucket_sigma, 2));
  };
  if (config.buckets == "normal") return normal(right - config.bucket_mean * responses);
  if (config.buckets == "normal_accuracy") return normal(share - config.bucket_mean);
  if (config.buckets == "linear") return share;
  if (config.buckets == "sqrt") return std::sqrt(share);
  if (config.buckets == "linear_clip") return std::min(share, 0.5);
  return 1.0;
}

// An index by probability among those allowed, or -1 when they have none.
int64_t draw_one(const std::vector<double>& probability, const std::vector<bool>& allowed,
                 Sequence& random) {
  double total = 0;
  for (size_t b = 0; b < probability.size(); ++b)
    if (allowed[b]) total += probability[b];
  if (total <= 0) return -1;
  double left = random.uniform() * total;
  int64_t last = -1;
  for (size_t b = 0; b < probability.size(); ++b) {
    if (!allowed[b] || probability[b] <= 0) continue;
    last = static_cast<int64_t>(b);
    left -= probability[b];
    if (left < 0) return last;
  }
  return last;  // rounding
}

}  // namespace

std::vector<double> bucket_probabilities(const ReplayConfig& config,
                                         const std::vector<int64_t>& right, int64_t responses) {
  std::vector<double> weights;
  for (const int64_t k : right)
    weights.push_back(weight(config, static_cast<double>(k), static_cast<double>(responses)));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& own : weights) own = total > 0 ? own / total : 0.0;
  return weights;
}

std::vector<int64_t> draw_buckets(int64_t wanted, const std::vector<double>& probability,
                                  const std::vector<int64_t>& room, Sequence& random) {
  std::vector<int64_t> counts(probability.size(), 0);
  const std::vector<bool> all(probability.size(), true);
  for (int64_t i = 0; i < wanted; ++i)
    if (const int64_t b = draw_one(probability, all, random); b >= 0)
      ++counts[static_cast<size_t>(b)];
  int64_t surplus = 0;
  std::vector<bool> open(probability.size());
  for (size_t b = 0; b < counts.size(); ++b) {
    surplus += std::max<int64_t>(0, counts[b] - room[b]);
    counts[b] = std::min(counts[b], room[b]);
    open[b] = counts[b] < room[b];
  }
  for (; surplus > 0; --surplus) {
    const int64_t b = draw_one(probability, open, random);
    if (b < 0) break;
    const auto own = static_cast<size_t>(b);
    open[own] = ++counts[own] < room[own];
  }
  return counts;
}

}  // namespace rlreason::train
