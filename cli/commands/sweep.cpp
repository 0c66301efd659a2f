// rlreason sweep plan|run|status PLAN: recipes x seeds as a graph of runs on local slots.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/command.h"
#include "core/process/signals.h"
#include "core/store/store.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/experiment.h"
#include "sweeps/plan.h"
#include "sweeps/pool/local.h"
#include "sweeps/run_files.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using sweep::NodeReport;
using sweep::NodeState;

struct Options {
  std::string plan;
  int64_t slots = std::max(1u, std::thread::hardware_concurrency());
};

sweep::PoolOptions pool_options(const sweep::ExpandedPlan& plan, const Options& options,
                                const Globals& globals) {
  sweep::PoolOptions pool;
  pool.launch.runs_dir = globals.runs_dir;
  pool.launch.experiment = plan.plan.name;
  pool.slots = options.slots;
  pool.name = plan.plan.name;
  pool.key = plan.plan.name + "-" + plan.identity.substr(0, 8);
  pool.show_progress = !globals.quiet;
  return pool;
}

json node_json(const train::RunSpec& spec, const NodeReport& node) {
  return {{"kind", sweep::kind_name(spec.kind)},
          {"label", spec.label},
          {"recipe", spec.recipe},
          {"setting", spec.setting},
          {"seed", spec.seed},
          {"identity", spec.identity},
          {"directory", node.directory.string()},
          {"state", sweep::to_string(node.state)},
          {"sentence", node.sentence}};
}

json report_json(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report) {
  json result = {{"name", plan.plan.name}, {"identity", plan.identity}, {"runs", json::array()}};
  for (size_t i = 0; i < plan.graph.specs.size(); ++i)
    result["runs"].push_back(node_json(plan.graph.specs[i], report.nodes[i]));
  for (NodeState state : {NodeState::todo, NodeState::running, NodeState::done, NodeState::reused,
                          NodeState::failed, NodeState::skipped, NodeState::preempted})
    result["counts"][std::string(sweep::to_string(state))] = report.count(state);
  return result;
}

std::string state_words(const train::RunSpec& spec, const NodeReport& node) {
  if (node.state != NodeState::todo)
    return node.state == NodeState::reused ? "reuse" : std::string(sweep::to_string(node.state));
  return sweep::is_interrupted(spec, node.directory) ? "resume" : "run";
}

void print_plan(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report) {
  terminal::Table table({{.title = "kind"},
                         {.title = "what"},
                         {.title = "seed", .align = terminal::Align::right},
                         {.title = "will"},
                         {.title = "directory"}});
  for (size_t i = 0; i < plan.graph.specs.size(); ++i) {
    const train::RunSpec& spec = plan.graph.specs[i];
    table.add({sweep::kind_name(spec.kind), spec.label.empty() ? spec.recipe : spec.label,
               std::to_string(spec.seed), state_words(spec, report.nodes[i]),
               report.nodes[i].directory.string()});
  }
  const size_t reused = report.count(NodeState::reused);
  fmt::print(
      "{}: {} rows x {} seeds = {} runs: {} to reuse, {} to run\n\n{}\nNothing was started.  "
      "rlreason sweep run {}\n",
      plan.plan.name, plan.rows.size(), plan.plan.seeds.size(), report.nodes.size(), reused,
      report.nodes.size() - reused, table.text(), plan.plan.file.string());
}

// Rows x seeds: what state the evaluation of a cell is in.
void print_status(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report,
                  const store::Store* store) {
  std::vector<terminal::Column> columns{{.title = plan.plan.name}};
  for (uint64_t seed : plan.plan.seeds)
    columns.push_back({.title = "seed " + std::to_string(seed)});
  terminal::Table table(columns);
  for (const std::string& row : plan.rows) {
    std::vector<std::string> cells{row};
    for (const sweep::PlanCell& cell : plan.cells)
      if (cell.row == row) cells.push_back(sweep::cell_status(plan, cell, report, store));
    table.add(cells);
  }
  const size_t there = report.count(NodeState::reused);
  fmt::print("{}\n{} of {} runs are done{}\n", table.text(), there, report.nodes.size(),
             there == report.nodes.size()
                 ? fmt::format("; rlreason compare {}", plan.plan.file.string())
                 : fmt::format("; rlreason sweep run {}", plan.plan.file.string()));
}

void run(const Options& options, const Globals& globals) {
  process::install_stop_signals();
  const sweep::ExpandedPlan plan = sweep::expand(sweep::load_plan(options.plan));
  store::Store store = store::Store::open(globals.store);
  sweep::PoolOptions pool = pool_options(plan, options, globals);
  pool.launch.store = &store;
  const sweep::PoolReport report = sweep::run_local(plan.graph, pool);
  sweep::register_experiment(store, plan, report);
  if (globals.json)
    fmt::print("{}\n",
               report_json(plan, report).dump(2, ' ', false, json::error_handler_t::replace));
  else
    fmt::print("{}: {} of {} runs are there, {} made now\n", plan.plan.name,
               report.count(NodeState::done) + report.count(NodeState::reused), report.nodes.size(),
               report.count(NodeState::done));
  sweep::throw_for(plan.graph, report);
}

void look(const Options& options, const Globals& globals, bool status) {
  const sweep::ExpandedPlan plan = sweep::expand(sweep::load_plan(options.plan));
  const sweep::PoolReport report = sweep::inspect(plan.graph, pool_options(plan, options, globals));
  if (globals.json) {
    fmt::print("{}\n",
               report_json(plan, report).dump(2, ' ', false, json::error_handler_t::replace));
  } else if (status) {
    std::optional<store::Store> store;
    if (std::filesystem::exists(globals.store))
      store = store::Store::open(globals.store, store::Mode::read_only);
    print_status(plan, report, store ? &*store : nullptr);
  } else {
    print_plan(plan, report);
  }
}

const Register kEntry{
    "sweep", "recipes x seeds as a graph of runs: plan it, run it, see where it stands",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.require_subcommand(1);
      const auto verb = [&](const char* name, const char* summary) {
        CLI::App* sub = app.add_subcommand(name, summary);
        sub->add_option("PLAN", options->plan, "a plan file, or a built-in example's name")
            ->required();
        return sub;
      };
      CLI::App* plan = verb("plan", "print the runs that a plan stands for; starts nothing");
      CLI::App* start =
          verb("run", "run what is missing; finished runs are reused, interrupted ones resumed");
      verb("status", "print which cells are there");
      start->add_option("--slots", options->slots, "runs at a time")->check(CLI::Range(1, 4096));
      return [options, &globals, plan, start] {
        if (start->parsed())
          run(*options, globals);
        else
          look(*options, globals, !plan->parsed());
      };
    }};

}  // namespace
}  // namespace rlreason::cli
