// rlreason sweep best|sensitivity: what the finished cells of a plan say about its variants and axes.
#include "cli/commands/sweep.h"
#include "core/process/io.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/best.h"
#include "sweeps/scores.h"
#include "sweeps/sensitivity.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;

store::Store required_store(const Globals& globals) {
  if (auto store = store_to_ask(globals)) return std::move(*store);
  throw UserError(
      "{}: required a store with finished runs, none is there; run a plan, or name one with "
      "--store",
      globals.store.string());
}

std::string metric_of(const sweep::ExpandedPlan& plan, const SweepOptions& options) {
  const std::string metric = sweep::primary_metric(plan, options.metric);
  if (metric.empty())
    throw UserError("{}: required a metric, the plan names none; give --metric", options.plan);
  return metric;
}

}  // namespace

void sweep_best(const SweepOptions& options, const Globals& globals) {
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  const store::Store store = required_store(globals);
  const std::string metric = metric_of(plan, options);
  const sweep::Best best = sweep::best_of(sweep::read_scores(store, plan, metric), plan.plan);
  const std::string& first = best.ranked.front().row;
  if (!options.out.empty())
    process::write_file_atomic(options.out, sweep::best_setting_yaml(plan, first, best, metric));
  if (globals.json) {
    json document = {{"metric", metric},
                     {"best", first},
                     {"carried", best.carried},
                     {"reading", best.reading},
                     {"incomplete", best.incomplete}};
    for (const sweep::Ranked& row : best.ranked)
      document["ranked"].push_back(
          {{"row", row.row},
           {"mean", row.mean},
           {"half_width", row.half_width ? json(*row.half_width) : json()}});
    return print_json(document);
  }
  terminal::Table table({{.title = "variant"},
                         {.title = metric, .align = terminal::Align::right},
                         {.title = "95 % over seeds", .align = terminal::Align::right}});
  for (const sweep::Ranked& row : best.ranked)
    table.add({row.row, fmt::format("{:.4f}", row.mean),
               row.half_width ? fmt::format("+- {:.4f}", *row.half_width) : ""});
  fmt::print("{}\nbest: {}\n{}\n", table.text(), terminal::clean(first),
             terminal::clean(best.reading));
  if (!best.incomplete.empty())
    fmt::print("{} variant{} without every seed did not take part\n", best.incomplete.size(),
               best.incomplete.size() == 1 ? "" : "s");
  if (!options.out.empty()) fmt::print("written: {}\n", options.out);
}

void sweep_sensitivity(const SweepOptions& options, const Globals& globals) {
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  const store::Store store = required_store(globals);
  const std::string metric = metric_of(plan, options);
  const auto axes = sweep::sensitivity(plan, sweep::read_scores(store, plan, metric));
  if (globals.json) {
    json document = {{"metric", metric}, {"axes", json::array()}};
    for (const sweep::AxisSensitivity& axis : axes)
      document["axes"].push_back(
          {{"path", axis.path},
           {"measure", axis.numeric ? "rank correlation" : "variance between values"},
           {"strength", axis.strength},
           {"p", axis.p ? json(*axis.p) : json()},
           {"n", axis.n},
           {"values", axis.values},
           {"best_value", axis.best_value}});
    return print_json(document);
  }
  if (axes.empty())
    throw RefusedError(
        "{}: required axes (grid, zip, sample, when) with scores at two values or more, none came; "
        "rlreason sweep run {}",
        plan.plan.name, options.plan);
  terminal::Table table({{.title = "axis"},
                         {.title = "measure"},
                         {.title = "strength", .align = terminal::Align::right},
                         {.title = "p", .align = terminal::Align::right},
                         {.title = "n", .align = terminal::Align::right},
                         {.title = "values", .align = terminal::Align::right},
                         {.title = "highest mean at"}});
  for (const sweep::AxisSensitivity& axis : axes)
    table.add({axis.path, axis.numeric ? "rank correlation" : "variance between values",
               fmt::format("{:+.2f}", axis.strength), axis.p ? fmt::format("{:.3f}", *axis.p) : "",
               std::to_string(axis.n), std::to_string(axis.values), axis.best_value});
  fmt::print("{} of {}\n\n{}\none axis at a time, over cells; p is not corrected for {} axes\n",
             metric, plan.plan.name, table.text(), axes.size());
}

}  // namespace rlreason::cli
