#include "sweeps/plan_health.h"

#include <algorithm>
#include <set>

#include "core/store/tags.h"
#include "core/terminal/sparkline.h"
#include "core/terminal/text.h"
#include "sweeps/run_files.h"

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

}  // namespace

std::vector<CellHealth> plan_health(const store::Store& store, const ExpandedPlan& plan) {
  std::vector<CellHealth> all;
  for (const PlanCell& cell : plan.cells) {
    if (cell.row == "base" || plan.graph.specs[cell.train_node].kind != train::RunKind::train)
      continue;
    const auto run = run_of(store, nullptr, plan, cell.train_node);
    if (!run) continue;
    for (HealthNote& note : health_of(store.curves(run->uid)))
      all.push_back({cell.row, cell.seed, run->uid, std::move(note)});
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
