// rlreason sweep plan|status|why: what would run, what is there, and why.  Nothing is started.
#include "cli/commands/sweep_look.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands/sweep.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/experiment.h"
#include "sweeps/outlook.h"
#include "sweeps/plan_health.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/run_files.h"
#include "sweeps/search_step.h"
#include "sweeps/why.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using sweep::NodeReport;
using sweep::NodeState;

constexpr size_t kShownNotes = 12;

std::string state_words(const train::RunSpec& spec, const NodeReport& node) {
  if (node.state != NodeState::todo)
    return node.state == NodeState::reused ? "reuse" : std::string(sweep::to_string(node.state));
  return sweep::is_interrupted(spec, node.directory) ? "resume" : "run";
}

json outlook_json(const sweep::Outlook& outlook) {
  json kinds = json::object();
  for (const auto& [name, kind] : outlook.kinds)
    kinds[name] = {{"reuse", kind.reuse},
                   {"to_run", kind.to_run},
                   {"unknown_cost", kind.unknown},
                   {"hours", kind.hours}};
  const sweep::PowerOutlook& power = outlook.power;
  json spread;
  if (power.spread)
    spread = {
        {"sd", power.spread->sd}, {"rows", power.spread->rows}, {"pairs", power.spread->pairs}};
  return {{"kinds", kinds},
          {"hours", outlook.hours},
          {"over_budget", outlook.over_budget},
          {"power",
           {{"seeds", power.seeds},
            {"tests", power.tests},
            {"effect_in_sd", power.effect},
            {"spread", spread},
            {"detectable", power.detectable ? json(*power.detectable) : json()},
            {"seeds_needed", power.seeds_needed ? json(*power.seeds_needed) : json()}}}};
}

// One line for each run that is invalid, one for all that are stale.
std::string standing_text(const sweep::ExpandedPlan& plan, const sweep::Standing& standing) {
  std::string text;
  size_t shown = 0;
  for (const auto& [node, why] : standing.invalid)
    if (shown++ < kShownNotes)
      text += fmt::format("invalid   {} {}\n", plan.graph.specs[node].directory(), why);
  if (shown > kShownNotes) text += fmt::format("          and {} more\n", shown - kShownNotes);
  if (!standing.stale.empty())
    text += fmt::format(
        "stale     {} of the runs to reuse were made by another program, the first: {} {}\n",
        standing.stale.size(), plan.graph.specs[standing.stale.begin()->first].directory(),
        standing.stale.begin()->second);
  return text;
}

void print_plan(const sweep::OpenedPlan& opened, const Seen& seen, const sweep::Outlook& outlook) {
  const sweep::ExpandedPlan& plan = opened.plan;
  const sweep::PoolReport& report = seen.report;
  terminal::Table table({{.title = "kind"},
                         {.title = "what"},
                         {.title = "seed", .align = terminal::Align::right},
                         {.title = "will"},
                         {.title = "directory"}});
  for (size_t i = 0; i < plan.graph.specs.size(); ++i) {
    const train::RunSpec& spec = plan.graph.specs[i];
    table.add({sweep::kind_name(spec.kind), spec.label.empty() ? spec.recipe : spec.label,
               std::to_string(spec.seed),
               seen.standing.invalid.contains(i) ? "invalid" : state_words(spec, report.nodes[i]),
               report.nodes[i].directory.string()});
  }
  const size_t reused = report.count(NodeState::reused);
  fmt::print(
      "{}: {} rows x {} seeds = {} runs: {} to reuse, {} to run\n{}\n{}\n{}{}{}\nNothing was "
      "started.  "
      "rlreason sweep run {}{}\n",
      plan.plan.name, plan.rows.size(), plan.plan.seeds.size(), report.nodes.size(), reused,
      report.nodes.size() - reused,
      plan.plan.question.empty() ? "" : terminal::clean(plan.plan.question) + "\n", table.text(),
      opened.search ? sweep::schedule_text(*opened.search, plan.plan.seeds.size()) : "",
      sweep::outlook_text(plan, outlook, sweep::primary_metric(plan)),
      standing_text(plan, seen.standing), plan.plan.given,
      seen.standing.invalid.empty() ? "" : " --redo-invalid");
}

std::string listed(const char* title, const std::vector<std::string>& lines) {
  std::string text;
  for (size_t i = 0; i < std::min(kShownNotes, lines.size()); ++i) text += "  " + lines[i] + "\n";
  if (lines.size() > kShownNotes)
    text += fmt::format("  and {} more\n", lines.size() - kShownNotes);
  return text.empty() ? "" : fmt::format("\n{}\n{}", title, text);
}

}  // namespace

Seen look(const sweep::ExpandedPlan& plan, const sweep::PoolOptions& pool,
          const std::optional<store::Store>& store) {
  Seen seen{sweep::inspect(plan.graph, pool),
            sweep::standing(plan.graph, pool.launch, store ? &*store : nullptr)};
  sweep::discount(seen.report, seen.standing);
  return seen;
}

std::string health_text(const sweep::ExpandedPlan& plan, const Seen& seen,
                        const store::Store* store) {
  const std::vector<sweep::CellStop> stops = sweep::plan_stops(plan, seen.report);
  std::vector<std::string> ended, notes;
  for (const sweep::CellStop& own : stops)
    ended.push_back(fmt::format("{}/{}  at iteration {} by {}: {}", terminal::clean(own.row),
                                own.seed, own.stop.iteration, own.stop.rule, own.stop.sentence));
  if (store != nullptr)
    for (const sweep::CellHealth& own : sweep::plan_health(*store, plan)) {
      const bool said = std::any_of(stops.begin(), stops.end(), [&](const sweep::CellStop& stop) {
        return stop.row == own.row && stop.seed == own.seed && stop.stop.rule == own.note.rule;
      });
      if (!said)
        notes.push_back(fmt::format("{}/{}  {}: {}", terminal::clean(own.row), own.seed,
                                    own.note.rule, terminal::clean(own.note.sentence)));
    }
  return listed("stopped early", ended) + listed("health", notes);
}

std::vector<std::vector<std::string>> cell_states(const sweep::ExpandedPlan& plan, const Seen& seen,
                                                  const store::Store* store) {
  std::vector<std::vector<std::string>> states(plan.rows.size(),
                                               std::vector<std::string>(plan.plan.seeds.size()));
  for (const sweep::PlanCell& cell : plan.cells) {
    const auto row = std::find(plan.rows.begin(), plan.rows.end(), cell.row);
    const auto seed = std::find(plan.plan.seeds.begin(), plan.plan.seeds.end(), cell.seed);
    if (row == plan.rows.end() || seed == plan.plan.seeds.end()) continue;
    states[static_cast<size_t>(row - plan.rows.begin())]
          [static_cast<size_t>(seed - plan.plan.seeds.begin())] =
              seen.standing.invalid.contains(cell.evaluate_node) ||
                      seen.standing.invalid.contains(cell.train_node)
                  ? "invalid"
                  : sweep::cell_status(plan, cell, seen.report, store);
  }
  return states;
}

std::string status_text(const sweep::ExpandedPlan& plan, const Seen& seen,
                        const store::Store* store) {
  std::vector<terminal::Column> columns{{.title = plan.plan.name}};
  for (uint64_t seed : plan.plan.seeds)
    columns.push_back({.title = "seed " + std::to_string(seed)});
  terminal::Table table(columns);
  const auto states = cell_states(plan, seen, store);
  for (size_t row = 0; row < plan.rows.size(); ++row) {
    std::vector<std::string> cells{plan.rows[row]};
    cells.insert(cells.end(), states[row].begin(), states[row].end());
    table.add(cells);
  }
  return table.text();
}

std::string trials_page(const sweep::OpenedPlan& opened) {
  return opened.search && !opened.search->trials.empty() ? sweep::trials_text(*opened.search) + "\n"
                                                         : "";
}

std::string coordinator_text(const sweep::PoolOptions& pool) {
  const auto holder =
      sweep::coordinator_in(sweep::coordinator_folder(pool.launch.runs_dir, pool.key));
  if (!holder) return "";
  return fmt::format("run by process {} on {}\n", holder->pid, terminal::clean(holder->host));
}

std::string closing_line(const sweep::ExpandedPlan& plan, const Seen& seen) {
  const size_t there = seen.report.count(NodeState::reused), all = seen.report.nodes.size();
  return fmt::format("\n{} of {} runs are done{}; rlreason {} {}{}\n", there, all,
                     seen.standing.invalid.empty()
                         ? ""
                         : fmt::format(", {} are invalid", seen.standing.invalid.size()),
                     there == all ? "compare" : "sweep run", plan.plan.given,
                     seen.standing.invalid.empty() ? "" : " --redo-invalid");
}

std::string watch_page(const sweep::OpenedPlan& opened, const Seen& seen,
                       const sweep::PoolOptions& pool, const store::Store* store) {
  const sweep::ExpandedPlan& plan = opened.plan;
  std::string text = trials_page(opened) + status_text(plan, seen, store);
  if (store != nullptr) text += sweep::curves_text(*store, plan, seen.report);
  return text + health_text(plan, seen, store) + closing_line(plan, seen) + coordinator_text(pool);
}

void sweep_plan(const SweepOptions& options, const Globals& globals) {
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  const auto store = store_to_ask(globals);
  const Seen seen = look(plan, pool_options(plan, options, globals), store);
  const sweep::Outlook outlook = sweep::outlook(plan, seen.report, store ? &*store : nullptr);
  if (!globals.json) return print_plan(opened, seen, outlook);
  json document = sweep_report_json(plan, seen.report, seen.standing);
  document["kind"] = plan.plan.kind();
  document["outlook"] = outlook_json(outlook);
  document["notes"] = plan.plan.notes;
  if (opened.search) document["search"] = sweep::search_json(*opened.search);
  for (const sweep::RowDeclaration& row : plan.declarations)
    document["rows"].push_back({{"label", row.label},
                                {"role", row.role},
                                {"toggles", row.toggles},
                                {"declared", row.paths}});
  print_json(document);
}

void sweep_status(const SweepOptions& options, const Globals& globals) {
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  const sweep::PoolOptions pool = pool_options(plan, options, globals);
  const auto store = store_to_ask(globals);
  const Seen seen = look(plan, pool, store);
  if (globals.json) {
    json document = sweep_report_json(plan, seen.report, seen.standing);
    std::vector<sweep::CellHealth> health;
    if (store) health = sweep::plan_health(*store, plan);
    for (const sweep::CellHealth& own : health)
      document["health"].push_back({{"row", own.row},
                                    {"seed", own.seed},
                                    {"rule", own.note.rule},
                                    {"iteration", own.note.iteration},
                                    {"sentence", own.note.sentence}});
    for (const sweep::CellStop& own : sweep::plan_stops(plan, seen.report))
      document["stopped"].push_back({{"row", own.row},
                                     {"seed", own.seed},
                                     {"rule", own.stop.rule},
                                     {"iteration", own.stop.iteration},
                                     {"sentence", own.stop.sentence}});
    if (opened.search) document["search"] = sweep::search_json(*opened.search);
    return print_json(document);
  }
  const store::Store* asked = store ? &*store : nullptr;
  fmt::print("{}{}{}{}{}", trials_page(opened), status_text(plan, seen, asked),
             health_text(plan, seen, asked), closing_line(plan, seen), coordinator_text(pool));
}

void sweep_why(const SweepOptions& options, const Globals& globals) {
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  const sweep::PlanCell& cell = sweep::find_cell(plan, options.cell);
  const auto store = store_to_ask(globals);
  const auto reasons = sweep::why(plan, cell, pool_options(plan, options, globals).launch,
                                  store ? &*store : nullptr);
  if (globals.json) {
    json document = {{"row", cell.row}, {"seed", cell.seed}, {"reasons", json::array()}};
    for (const sweep::Reason& reason : reasons) {
      const train::RunSpec& spec = plan.graph.specs[reason.node];
      document["reasons"].push_back({{"kind", sweep::kind_name(spec.kind)},
                                     {"directory", spec.directory()},
                                     {"state", reason.state},
                                     {"sentence", reason.sentence}});
    }
    return print_json(document);
  }
  for (const sweep::Reason& reason : reasons) {
    const train::RunSpec& spec = plan.graph.specs[reason.node];
    fmt::print("{:<9} {:<12} {}\n", sweep::kind_name(spec.kind), reason.state, reason.sentence);
  }
}

}  // namespace rlreason::cli
