// rlreason sweep: plans as graphs of runs.  This file declares the verbs; each is one function of sweep.h.
#include "cli/commands/sweep.h"

#include <algorithm>
#include <memory>

#include "sweeps/run_files.h"

namespace rlreason::cli {

using nlohmann::json;
using sweep::NodeReport;
using sweep::NodeState;

sweep::OpenedPlan open_plan(const SweepOptions& options, const Globals& globals) {
  const sweep::Plan plan = sweep::load_plan(options.plan);
  const auto store = plan.search ? store_to_ask(globals) : std::nullopt;
  return sweep::open_with_trials(plan, store ? &*store : nullptr);
}

sweep::PoolOptions pool_options(const sweep::ExpandedPlan& plan, const SweepOptions& options,
                                const Globals& globals) {
  const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  sweep::PoolOptions pool;
  pool.launch.runs_dir = globals.runs_dir;
  pool.launch.experiment = plan.plan.name;
  pool.resources = plan.plan.resources;
  pool.slots = options.slots > 0
                   ? options.slots
                   : std::max<int64_t>(1, cores / std::max<int64_t>(1, plan.plan.resources.cores));
  pool.name = plan.plan.name;
  pool.key = plan.plan.name + "-" + plan.identity.substr(0, 8);
  pool.show_progress = !globals.quiet;
  return pool;
}

std::optional<store::Store> store_to_ask(const Globals& globals) {
  if (!std::filesystem::exists(globals.store)) return {};
  return store::open_up_to_date(globals.store);
}

json sweep_report_json(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report,
                       const sweep::Standing& standing) {
  json result = {{"name", plan.plan.name}, {"identity", plan.identity}, {"runs", json::array()}};
  for (size_t i = 0; i < plan.graph.specs.size(); ++i) {
    const train::RunSpec& spec = plan.graph.specs[i];
    const NodeReport& node = report.nodes[i];
    result["runs"].push_back({{"kind", sweep::kind_name(spec.kind)},
                              {"label", spec.label},
                              {"recipe", spec.recipe},
                              {"setting", spec.setting},
                              {"seed", spec.seed},
                              {"identity", spec.identity},
                              {"directory", node.directory.string()},
                              {"state", sweep::to_string(node.state)},
                              {"sentence", node.sentence}});
    json& own = result["runs"].back();
    if (const auto known = standing.invalid.find(i); known != standing.invalid.end())
      own["invalid"] = known->second;
    if (const auto known = standing.stale.find(i); known != standing.stale.end())
      own["stale"] = known->second;
  }
  for (NodeState state : {NodeState::todo, NodeState::running, NodeState::done, NodeState::reused,
                          NodeState::failed, NodeState::skipped, NodeState::preempted})
    result["counts"][std::string(sweep::to_string(state))] = report.count(state);
  result["counts"]["invalid"] = standing.invalid.size();
  result["counts"]["stale"] = standing.stale.size();
  return result;
}

namespace {

void declare_pool(CLI::App* verb, SweepOptions& options) {
  verb->add_option("--slots", options.slots,
                   "local runs at a time; 0: the cores, divided by those of a run")
      ->check(CLI::Range(0, 4096));
  verb->add_option("--on", options.on,
                   "where: here, as Slurm job arrays, or as lines for GNU parallel or HTCondor")
      ->check(CLI::IsMember({"local", "slurm", "taskfile"}));
  verb->add_option("--slurm-option", options.slurm,
                   "a further #SBATCH option, e.g. --partition=gpu");
  verb->add_option("--at-a-time", options.at_a_time,
                   "Slurm: elements of an array that run at once; 0: no limit")
      ->check(CLI::Range(0, 100000));
  verb->add_option("--poll", options.poll_s, "Slurm: seconds between two looks at the queue")
      ->check(CLI::Range(0.05, 3600.0));
  verb->add_flag("--over-budget", options.over_budget,
                 "run although the plan's budget_hours will not do");
  verb->add_flag("--redo-invalid", options.redo_invalid,
                 "move runs that were declared invalid, and what is made from them, to .invalid "
                 "in the runs folder, and make them again");
}

using Verb = void (*)(const SweepOptions&, const Globals&);

const Register kEntry{
    "sweep", "plans of variants x seeds as graphs of runs: plan, run, watch, choose",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<SweepOptions>();
      app.require_subcommand(1);
      auto verbs = std::make_shared<std::vector<std::pair<CLI::App*, Verb>>>();
      const auto verb = [&](const char* name, const char* summary, Verb act) {
        CLI::App* sub = app.add_subcommand(name, summary);
        verbs->emplace_back(sub, act);
        return sub;
      };
      const auto of_plan = [&](const char* name, const char* summary, Verb act) {
        CLI::App* sub = verb(name, summary, act);
        sub->add_option("PLAN", options->plan, "a plan file, or a built-in example's name")
            ->required();
        return sub;
      };
      of_plan("plan", "what a plan stands for: runs, reuse, cost, power, budget; starts nothing",
              sweep_plan);
      declare_pool(
          of_plan("run", "run what is missing; finished runs are reused, interrupted ones resumed",
                  [](const SweepOptions& o, const Globals& g) { sweep_run(o, g, false); }),
          *options);
      declare_pool(of_plan("retry", "run again what failed, and what needs it; nothing else",
                           [](const SweepOptions& o, const Globals& g) { sweep_run(o, g, true); }),
                   *options);
      of_plan("status", "which cells are there, and notes on the health of their trainings",
              sweep_status);
      CLI::App* watch =
          of_plan("watch",
                  "status again and again, with curves of what runs; on a terminal keys choose a "
                  "training and show its log, curves and reasons",
                  sweep_watch);
      watch->add_option("--every", options->every_s, "seconds between two looks")
          ->check(CLI::Range(0.1, 3600.0));
      watch->add_flag("--once", options->once, "one look");
      CLI::App* why = of_plan(
          "why", "why a cell is reused, missing, failed, interrupted, stale or invalid", sweep_why);
      why->add_option("CELL", options->cell, "ROW/SEED")->required();
      CLI::App* stop =
          of_plan("stop", "ask the process that runs the plan to start nothing more", sweep_stop);
      stop->add_flag("--now", options->now, "and what runs to checkpoint and leave");
      stop->add_flag("--kill", options->kill, "and kill what runs");
      CLI::App* best = of_plan(
          "best", "the best variant by its mean over seeds, and whether the intervals carry it",
          sweep_best);
      best->add_option("--out", options->out,
                       "write a setting file in which the recipe is that variant");
      CLI::App* sensitivity =
          of_plan("sensitivity", "which axes of a plan the metric depends on", sweep_sensitivity);
      for (CLI::App* sub : {best, sensitivity})
        sub->add_option("--metric", options->metric,
                        "SUITE, SUITE@K or SUITE:FLAG; default: the plan's primary one");
      CLI::App* task = verb("task", "run one line of a task file; what workers call", sweep_task);
      task->add_option("TASKS", options->tasks, "a task file that `sweep run --on` wrote")
          ->required();
      task->add_option("--index", options->index, "number of the line, from 0")
          ->required()
          ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
      return [options, &globals, verbs] {
        for (const auto& [sub, act] : *verbs)
          if (sub->parsed()) act(*options, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
