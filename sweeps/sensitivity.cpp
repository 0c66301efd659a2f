#include "sweeps/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sweeps/compare/statistics.h"

namespace rlreason::sweep {
namespace {

// 1-based; equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + end + 1) / 2;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
    begin = end;
  }
  return ranks;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const double mx = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double my = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

struct Observed {
  nlohmann::json value;
  double score;
};

double between_share(const std::map<std::string, std::vector<double>>& groups) {
  double total = 0, n = 0;
  for (const auto& [value, scores] : groups)
    for (const double score : scores) {
      total += score;
      ++n;
    }
  const double mean = total / n;
  double between = 0, all = 0;
  for (const auto& [value, scores] : groups) {
    const double own =
        std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
    between += static_cast<double>(scores.size()) * (own - mean) * (own - mean);
    for (const double score : scores) all += (score - mean) * (score - mean);
  }
  return all > 0 ? between / all : 0;
}

AxisSensitivity measure(const std::string& path, const std::vector<Observed>& observed) {
  AxisSensitivity axis;
  axis.path = path;
  axis.n = static_cast<int64_t>(observed.size());
  axis.numeric = std::all_of(observed.begin(), observed.end(),
                             [](const Observed& o) { return o.value.is_number(); });
  std::map<std::string, std::vector<double>> groups;
  std::vector<double> x, y;
  for (const Observed& one : observed) {
    groups[one.value.dump()].push_back(one.score);
    if (axis.numeric) x.push_back(one.value.get<double>());
    y.push_back(one.score);
  }
  axis.values = static_cast<int64_t>(groups.size());
  double highest = -INFINITY;
  for (const auto& [value, scores] : groups) {
    const double mean = mean_interval(scores).mean;
    if (mean > highest) axis.best_value = value;
    highest = std::max(highest, mean);
  }
  if (!axis.numeric) {
    axis.strength = between_share(groups);
    return axis;
  }
  axis.strength = rank_correlation(x, y);
  if (axis.n > 3 && std::abs(axis.strength) < 1) {
    const double degrees = static_cast<double>(axis.n - 2);
    axis.p = student_two_sided_p(
        axis.strength * std::sqrt(degrees / (1 - axis.strength * axis.strength)), degrees);
  }
  return axis;
}

}  // namespace

double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  return correlation(ranks_of(x), ranks_of(y));
}

std::vector<AxisSensitivity> sensitivity(const ExpandedPlan& plan, const Scores& scores) {
  std::map<std::string, std::vector<Observed>> by_path;
  if (plan.plan.ablation) return {};
  for (const PlanRow& row : plan.plan.recipes)
    for (const auto& [path, value] : row.toggles.items())
      for (const RowScores& own : scores.rows) {
        if (own.row != row.label) continue;
        for (const auto& score : own.by_seed)
          if (score) by_path[path].push_back({value, *score});
      }
  std::vector<AxisSensitivity> axes;
  for (const auto& [path, observed] : by_path) {
    AxisSensitivity axis = measure(path, observed);
    if (axis.values > 1) axes.push_back(std::move(axis));
  }
  std::stable_sort(axes.begin(), axes.end(),
                   [](const AxisSensitivity& a, const AxisSensitivity& b) {
                     return std::abs(a.strength) > std::abs(b.strength);
                   });
  return axes;
}

}  // namespace rlreason::sweep
