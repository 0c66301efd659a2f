#include "sweeps/plan_health.h"

#include <algorithm>
#include <set>

#include "core/store/tags.h"
#include "core/terminal/sparkline.h"
#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

std::optional<store::RunRow> run_of(const store::Store& store, const PoolReport* report,
                                    const ExpandedPlan& plan, size_t node) {
  const train::RunSpec& spec = plan.graph.specs[node];
  if (report != nullptr) {
    const nlohmann::json run = read_run(report->nodes[node].directory);
    return run.is_null() ? std::nullopt : store.run(run.value("uid", ""));
  }
  store::RunFilter filter;
  filter.kind = kind_name(spec.kind);
  filter.identity = spec.identity;
  filter.seed = spec.seed;
  const auto rows = store.runs(filter);
  return rows.empty() ? std::nullopt : std::optional(rows.front());
}

double share_right(const store::EvalFacts& facts) {
  double right = 0, samples = 0;
  for (const store::ItemFact& item : facts.items)
    for (const store::SampleFact& sample : item.samples) {
      samples += 1;
      right += sample.outcome == "right";
    }
  return right / samples;
}

// The first and the last evaluation of each suite are all that a rule reads.
void add_evaluations(const store::Store& store, const std::string& uid, train::Curves& curves) {
  const std::vector<store::EvalRow> rows = store.evaluations(uid);
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string& suite = rows[i].key.suite;
    const bool first = i == 0 || rows[i - 1].key.suite != suite;
    const bool last = i + 1 == rows.size() || rows[i + 1].key.suite != suite;
    if (first != last)  // a single one is no curve
      curves[train::evaluation_curve(suite)].push_back(
          {rows[i].key.iteration, share_right(store.facts(uid, rows[i].key))});
  }
}

train::Curves curves_of(const store::Store& store, const std::string& uid) {
  train::Curves curves;
  for (const auto& [metric, points] : store.curves(uid))
    if (train::read_by_health(metric))
      for (const store::CurvePoint& point : points)
        curves[metric].push_back({point.iteration, point.value});
  add_evaluations(store, uid, curves);
  return curves;
}

}  // namespace

std::vector<CellHealth> plan_health(const store::Store& store, const ExpandedPlan& plan) {
  std::vector<CellHealth> all;
  for (const PlanCell& cell : plan.cells) {
    if (cell.row == "base" || plan.graph.specs[cell.train_node].kind != train::RunKind::train)
      continue;
    const auto run = run_of(store, nullptr, plan, cell.train_node);
    if (!run) continue;
    for (train::HealthNote& note : train::health_of(curves_of(store, run->uid)))
      all.push_back({cell.row, cell.seed, run->uid, std::move(note)});
  }
  return all;
}

std::vector<CellStop> plan_stops(const ExpandedPlan& plan, const PoolReport& report) {
  std::vector<CellStop> all;
  for (const PlanCell& cell : plan.cells) {
    const NodeReport& training = report.nodes[cell.train_node];
    const bool there = training.state == NodeState::done || training.state == NodeState::reused;
    if (cell.row == "base" || !there) continue;
    if (const auto stop = stopped_early(training.directory))
      all.push_back({cell.row, cell.seed, *stop});
  }
  return all;
}

size_t record_health(store::Store& store, const ExpandedPlan& plan) {
  size_t added = 0;
  for (const CellHealth& own : plan_health(store, plan)) {
    bool known = false;
    for (const store::EventRow& event : store.detail(own.run_uid).events)
      known = known || (event.kind == "health" && event.payload.value("rule", "") == own.note.rule);
    if (known) continue;
    store::add_event(store, own.run_uid, "health",
                     {{"rule", own.note.rule},
                      {"iteration", own.note.iteration},
                      {"sentence", own.note.sentence}});
    ++added;
  }
  return added;
}

std::string curves_text(const store::Store& store, const ExpandedPlan& plan,
                        const PoolReport& report) {
  std::string text;
  for (const PlanCell& cell : plan.cells) {
    if (report.nodes[cell.train_node].state == NodeState::reused) continue;
    const auto run = run_of(store, &report, plan, cell.train_node);
    if (!run || run->iteration < 0) continue;
    for (const char* metric : {"rollout/reward", "train/loss"}) {
      std::vector<double> values;
      for (const store::CurvePoint& point : store.curve(run->uid, metric))
        values.push_back(point.value);
      if (values.empty()) continue;
      text += fmt::format("  {}/{}  {} {:.3f} {}\n", terminal::clean(cell.row), cell.seed, metric,
                          values.back(), terminal::sparkline(values, 30));
      break;
    }
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace rlreason::sweep
