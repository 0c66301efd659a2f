// Step values in and out: rows of f64 under a layout (the list of metrics), summaries kept beside them.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/store/internal.h"

namespace rlreason::store {
namespace {

std::vector<int64_t> parse_ids(const std::string& text) {
  std::vector<int64_t> ids;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    ids.push_back(std::stoll(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return ids;
}

std::map<int64_t, std::vector<int64_t>> layouts_of(Connection& db, int64_t run) {
  std::map<int64_t, std::vector<int64_t>> result;
  auto statement = db.prepare(
      "SELECT id, metric_ids FROM layout WHERE id IN (SELECT DISTINCT t.layout_id FROM tail t "
      "JOIN attempt a ON a.id = t.attempt_id WHERE a.run_id = ?)");
  statement.bind(run);
  while (statement.step()) result.emplace(statement.integer(0), parse_ids(statement.text(1)));
  return result;
}

struct AttemptRange {
  int64_t id;
  int64_t before;  // steps from this iteration on are replaced
};

std::vector<AttemptRange> ranges_of(Connection& db, int64_t run) {
  std::vector<AttemptRange> ranges;
  auto statement =
      db.prepare("SELECT id, first_step FROM attempt WHERE run_id = ? ORDER BY n DESC");
  statement.bind(run);
  int64_t before = INT64_MAX;
  while (statement.step()) {
    ranges.push_back({statement.integer(0), before});
    if (!statement.null(1)) before = std::min(before, statement.integer(1));
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::optional<double> known(const Accumulator& sums, double value) {
  if (sums.n == 0) return std::nullopt;
  return value;
}

}  // namespace

void for_each_step(Connection& db, int64_t run, const std::function<void(const StepRow&)>& visit) {
  const auto layouts = layouts_of(db, run);
  for (const auto& range : ranges_of(db, run)) {
    auto statement = db.prepare(
        "SELECT iteration, layout_id, vals FROM tail WHERE attempt_id = ? AND iteration < ? ORDER "
        "BY seq");
    statement.bind(range.id, range.before);
    while (statement.step()) {
      const auto layout = layouts.find(statement.integer(1));
      const auto values = statement.doubles(2);
      if (layout == layouts.end() || layout->second.size() != values.size())
        throw StoreError(
            "{}: required a value for each metric of a step, the row has {}; run rlreason doctor",
            db.path().string(), values.size());
      visit({statement.integer(0), layout->second, values});
    }
  }
}

void Accumulator::add(int64_t iteration, double value) {
  last = value;
  last_iteration = iteration;
  if (!std::isfinite(value)) {
    ++n_nonfinite;
    return;
  }
  min = n == 0 ? value : std::min(min, value);
  max = n == 0 ? value : std::max(max, value);
  ++n;
  mean += (value - mean) / static_cast<double>(n);
}

void put_summary(Connection& db, int64_t run, int64_t metric, const Accumulator& sums) {
  db.prepare(
        "INSERT OR REPLACE INTO summary(run_id, metric_id, n, last, last_iteration, min, max, "
        "mean, n_nonfinite) "
        "VALUES(?,?,?,?,?,?,?,?,?)")
      .bind(run, metric, sums.n, sums.last, sums.last_iteration, known(sums, sums.min),
            known(sums, sums.max), known(sums, sums.mean), sums.n_nonfinite)
      .run();
}

void rebuild_summaries(Connection& db, int64_t run) {
  std::map<int64_t, std::map<int64_t, double>>
      values;  // metric -> iteration -> the value that holds
  for_each_step(db, run, [&](const StepRow& step) {
    for (size_t i = 0; i < step.metrics.size(); ++i)
      values[step.metrics[i]][step.iteration] = step.values[i];
  });
  db.prepare("DELETE FROM summary WHERE run_id = ?").bind(run).run();
  for (const auto& [metric, points] : values) {
    Accumulator sums;
    for (const auto& [iteration, value] : points) sums.add(iteration, value);
    put_summary(db, run, metric, sums);
  }
}

}  // namespace rlreason::store
