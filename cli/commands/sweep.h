// What the verbs of `rlreason sweep` share: their options, the opened plan, JSON of runs.
//
// Not here: what a verb does (sweep_look.cpp, sweep_watch.cpp, sweep_run.cpp, sweep_choose.cpp).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.h"
#include "cli/commands/analyze.h"  // print_json
#include "core/store/store.h"
#include "sweeps/plan_trials.h"
#include "sweeps/pool/local.h"
#include "sweeps/standing.h"

namespace rlreason::cli {

struct SweepOptions {
  std::string plan, cell, metric;
  int64_t slots = 0;  // 0: the cores, divided by those of a run
  std::string on = "local";
  std::vector<std::string> slurm;
  double poll_s = 30;
  int64_t at_a_time = 0;
  bool over_budget = false, redo_invalid = false, now = false, kill = false, once = false;
  double every_s = 2;
  std::string out;
  std::string tasks;
  int64_t index = 0;
};

// With the trials that the store has, where the plan searches.
sweep::OpenedPlan open_plan(const SweepOptions& options, const Globals& globals);
sweep::PoolOptions pool_options(const sweep::ExpandedPlan& plan, const SweepOptions& options,
                                const Globals& globals);
// Up to date; nothing where there is no store yet.
std::optional<store::Store> store_to_ask(const Globals& globals);
nlohmann::json sweep_report_json(const sweep::ExpandedPlan& plan, const sweep::PoolReport& report,
                                 const sweep::Standing& standing);

// sweep_look.cpp: nothing is started.
void sweep_plan(const SweepOptions& options, const Globals& globals);
void sweep_status(const SweepOptions& options, const Globals& globals);
void sweep_why(const SweepOptions& options, const Globals& globals);
// sweep_watch.cpp: looks again and again; starts nothing, stops a plan when a person at the keyboard asks for it.
void sweep_watch(const SweepOptions& options, const Globals& globals);
// sweep_choose.cpp: from finished cells.
void sweep_best(const SweepOptions& options, const Globals& globals);
void sweep_sensitivity(const SweepOptions& options, const Globals& globals);
// sweep_run.cpp
void sweep_run(const SweepOptions& options, const Globals& globals, bool retry);
void sweep_stop(const SweepOptions& options, const Globals& globals);
void sweep_task(const SweepOptions& options, const Globals& globals);

}  // namespace rlreason::cli
