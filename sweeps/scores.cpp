#include "sweeps/scores.h"

#include <cmath>

#include "sweeps/compare/facts.h"
#include "sweeps/compare/metric.h"
#include "sweeps/compare/statistics.h"

namespace rlreason::sweep {

std::string primary_metric(const ExpandedPlan& plan, const std::string& asked) {
  if (!asked.empty()) return parse_metric(asked, "--metric").text();
  if (!plan.plan.metrics.empty()) return plan.plan.metrics.front();
  if (plan.cells.empty()) return "";
  const nlohmann::json& config = plan.graph.specs[plan.cells.front().evaluate_node].config;
  const nlohmann::json::json_pointer first("/suites/0/name");
  return config.contains(first) ? config[first].get<std::string>() : "";
}

Scores read_scores(const store::Store& store, const ExpandedPlan& plan, const std::string& metric) {
  const Metric parsed = parse_metric(metric, "metric");
  const ComparisonInput input =
      read_plan(store, plan, {}, {.table_alone = true, .columns = {metric}});
  Scores scores{metric, {}};
  for (const std::string& row : plan.rows) {
    RowScores own{row, {}};
    for (const uint64_t seed : plan.plan.seeds) {
      std::optional<double> value;
      for (const CellFacts& cell : input.cells)
        if (cell.row == row && cell.seed == seed)
          if (const auto suite = cell.suites.find(parsed.suite); suite != cell.suites.end())
            value = metric_value(parsed, suite->second);
      own.by_seed.push_back(value && std::isfinite(*value) ? value : std::nullopt);
    }
    scores.rows.push_back(std::move(own));
  }
  return scores;
}

std::optional<PairedSpread> paired_spread(const Scores& scores, const std::string& baseline) {
  const RowScores* reference = nullptr;
  for (const RowScores& row : scores.rows)
    if (row.row == baseline) reference = &row;
  if (reference == nullptr) return {};
  PairedSpread spread;
  double squares = 0;
  int64_t degrees = 0;
  for (const RowScores& row : scores.rows) {
    if (&row == reference || row.row == "base") continue;
    std::vector<double> differences;
    for (size_t i = 0; i < row.by_seed.size(); ++i)
      if (row.by_seed[i] && reference->by_seed[i])
        differences.push_back(*row.by_seed[i] - *reference->by_seed[i]);
    if (differences.size() < 2) continue;
    const MeanInterval mean = mean_interval(differences);
    squares += mean.sd * mean.sd * static_cast<double>(mean.n - 1);
    degrees += mean.n - 1;
    ++spread.rows;
    spread.pairs += mean.n;
  }
  if (degrees == 0) return {};
  spread.sd = std::sqrt(squares / static_cast<double>(degrees));
  return spread;
}

}  // namespace rlreason::sweep
