// rlreason sweep run|retry|stop|task: what starts and ends runs.
#include <algorithm>

#include "cli/commands/sweep.h"
#include "core/process/self.h"
#include "core/process/signals.h"
#include "sweeps/experiment.h"
#include "sweeps/outlook.h"
#include "sweeps/plan_health.h"
#include "sweeps/pool/bundle.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/slurm.h"
#include "sweeps/run_files.h"
#include "sweeps/search_step.h"
#include "sweeps/set_aside.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using sweep::NodeState;

// Failed or lost runs, and everything that needs one of them.
std::vector<bool> failed_nodes(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report) {
  std::vector<bool> wanted(plan.graph.specs.size(), false);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (report.nodes[i].state == NodeState::reused) continue;
    const std::string state = sweep::result_state(report.nodes[i].directory);
    const bool killed =
        state.empty() && sweep::is_interrupted(plan.graph.specs[i], report.nodes[i].directory);
    wanted[i] = state == "failed" || killed;
    for (const train::Producer& producer : plan.graph.specs[i].producers)
      wanted[i] = wanted[i] || wanted[producer.node];
  }
  return wanted;
}

void check_budget(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report,
                  const store::Store& store, const SweepOptions& options) {
  if (!plan.plan.budget_hours || options.over_budget) return;
  const sweep::Outlook outlook = sweep::outlook(plan, report, &store);
  if (outlook.over_budget)
    throw RefusedError(
        "{}: required at most {} hours (budget_hours), about {:.2f} are planned; drop cells, raise "
        "the "
        "budget, or give --over-budget",
        plan.plan.name, *plan.plan.budget_hours, outlook.hours);
}

void write_task_file(const sweep::ExpandedPlan& plan, const sweep::PoolOptions& pool,
                     const sweep::PoolReport& report, const Globals& globals) {
  std::vector<size_t> nodes;
  for (size_t i = 0; i < plan.graph.specs.size(); ++i)
    if (report.nodes[i].state == NodeState::todo && (pool.wanted.empty() || pool.wanted[i]))
      nodes.push_back(i);
  const sweep::Bundle bundle = sweep::freeze(plan.graph, pool);
  const auto tasks = sweep::write_tasks(plan.graph, bundle, pool, nodes);
  if (globals.json)
    return print_json(
        {{"tasks", tasks.string()}, {"n", nodes.size()}, {"programs", bundle.programs.string()}});
  fmt::print(
      "{} tasks in {}\nGNU parallel:  cut -f7 {} | parallel -j 8\n"
      "HTCondor:      executable = {}/rlreason, arguments = sweep task {} --index $(Process) "
      "--runs-dir {}, queue {}\n"
      "then:          rlreason sweep run {}   (takes the results into the store)\n",
      nodes.size(), tasks.string(), sweep::quoted(tasks.string()), bundle.programs.string(),
      tasks.string(), std::filesystem::absolute(globals.runs_dir).lexically_normal().string(),
      nodes.size(), plan.plan.given);
}

sweep::PoolReport run_pool(const sweep::ExpandedPlan& plan, sweep::PoolOptions& pool,
                           const SweepOptions& options) {
  if (options.on == "slurm") {
    sweep::SlurmOptions slurm;
    slurm.poll = std::chrono::milliseconds(static_cast<int64_t>(options.poll_s * 1000));
    slurm.at_a_time = options.at_a_time;
    slurm.extra = options.slurm;
    return sweep::run_slurm(plan.graph, pool, slurm);
  }
  if (pool.resources.gpus > 0)
    pool.devices = sweep::visible_devices(pool.resources.gpu_memory_gib > 0);
  return sweep::run_local(plan.graph, pool);
}

// The experiment and what its runs tell, in the store; the number of new notes on their health.
size_t take_down(store::Store& store, const sweep::ExpandedPlan& plan,
                 const sweep::PoolReport& report) {
  sweep::register_experiment(store, plan, report);
  return sweep::record_health(store, plan);
}

std::string made_text(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report,
                      size_t notes) {
  return fmt::format("{}: {} of {} runs are there, {} made now{}", plan.plan.name,
                     report.count(NodeState::done) + report.count(NodeState::reused),
                     report.nodes.size(), report.count(NodeState::done),
                     notes > 0 ? fmt::format(", {} new health note{}: rlreason sweep status {}",
                                             notes, notes == 1 ? "" : "s", plan.plan.given)
                               : "");
}

// What a search ends with: its trials, and the failed ones as an exit code.
void finish_search(const sweep::OpenedPlan& opened, const Globals& globals) {
  const sweep::SearchView& view = *opened.search;
  if (globals.json)
    print_json({{"name", opened.plan.plan.name}, {"search", sweep::search_json(view)}});
  else
    fmt::print("{}\n{}: rlreason sweep best {}\n", sweep::trials_text(view), opened.plan.plan.name,
               opened.plan.plan.given);
  const auto failed = std::count(view.states.begin(), view.states.end(), sweep::TrialState::failed);
  if (failed > 0)
    throw CellsFailedError(
        "{} of {} trials failed and took no further part; rlreason sweep retry {} tries them again",
        failed, view.trials.size(), opened.plan.plan.given);
}

void run_search(const sweep::Plan& plan, store::Store& store, sweep::PoolOptions& pool,
                const SweepOptions& options, const Globals& globals, bool retry) {
  if (options.on == "taskfile") {
    const sweep::SearchStep step = sweep::next_step(plan, store, pool, retry);
    if (step.finished) return finish_search(step.opened, globals);
    pool.wanted = step.wanted;
    const sweep::ExpandedPlan& now = step.opened.plan;
    return write_task_file(now, pool, sweep::inspect(now.graph, pool), globals);
  }
  finish_search(sweep::run_search(plan, store, pool, retry,
                                  [&](const sweep::ExpandedPlan& now, sweep::PoolOptions& own) {
                                    sweep::PoolReport report = run_pool(now, own, options);
                                    const size_t notes = take_down(store, now, report);
                                    if (!globals.quiet && !globals.json)
                                      fmt::print("{}\n", made_text(now, report, notes));
                                    std::fflush(stdout);
                                    return report;
                                  }),
                globals);
}

}  // namespace

void sweep_run(const SweepOptions& options, const Globals& globals, bool retry) {
  process::install_stop_levels();
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  store::Store store = store::Store::open(globals.store);
  sweep::PoolOptions pool = pool_options(plan, options, globals);
  pool.launch.store = &store;
  const sweep::Settled settled = sweep::settle(plan.graph, pool, options.redo_invalid, store,
                                               "rlreason sweep run " + plan.plan.given);
  const sweep::Standing& standing = settled.standing;
  if (!globals.quiet && !globals.json) fmt::print("{}", settled.words());
  if (opened.search)
    return run_search(sweep::load_plan(options.plan), store, pool, options, globals, retry);
  const sweep::PoolReport before = sweep::inspect(plan.graph, pool);
  if (retry) pool.wanted = failed_nodes(plan, before);
  check_budget(plan, before, store, options);
  if (options.on == "taskfile") return write_task_file(plan, pool, before, globals);
  const sweep::PoolReport report = run_pool(plan, pool, options);
  const size_t notes = take_down(store, plan, report);
  if (globals.json)
    print_json(sweep_report_json(plan, report, standing));
  else
    fmt::print("{}{}\n", made_text(plan, report, notes),
               standing.stale.empty()
                   ? ""
                   : fmt::format(", {} of those reused by another program: rlreason sweep plan {}",
                                 standing.stale.size(), plan.plan.given));
  sweep::throw_for(plan.graph, report);
}

void sweep_stop(const SweepOptions& options, const Globals& globals) {
  const sweep::OpenedPlan opened = open_plan(options, globals);
  const sweep::ExpandedPlan& plan = opened.plan;
  const sweep::PoolOptions pool = pool_options(plan, options, globals);
  const auto holder =
      sweep::coordinator_in(sweep::coordinator_folder(pool.launch.runs_dir, pool.key));
  if (!holder) {
    if (globals.json) return print_json({{"stopped", false}});
    return fmt::print("{}: nobody runs it\n", plan.plan.name);
  }
  const auto how = options.kill  ? sweep::StopHow::kill
                   : options.now ? sweep::StopHow::checkpoint
                                 : sweep::StopHow::drain;
  sweep::ask_to_stop(*holder, how);
  if (globals.json) return print_json({{"stopped", true}, {"pid", holder->pid}});
  fmt::print("{}: process {} was asked to {}\n", plan.plan.name, holder->pid,
             options.kill  ? "kill what runs and leave"
             : options.now ? "checkpoint what runs and leave"
                           : "start nothing more and leave when what runs has ended");
}

void sweep_task(const SweepOptions& options, const Globals& globals) {
  process::install_stop_signals();
  const sweep::Task task = sweep::read_task(options.tasks, options.index);
  const sweep::RunOutcome outcome = sweep::run_task(task, {});
  if (globals.json)
    print_json(
        {{"directory", outcome.directory.string()}, {"exit_code", static_cast<int>(outcome.code)}});
  else if (!globals.quiet && outcome.code == ExitCode::ok)
    fmt::print("{}\n", outcome.directory.string());
  sweep::throw_unless_done(outcome);
}

}  // namespace rlreason::cli
