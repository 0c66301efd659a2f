// A plan file: which variants are trained, with which seeds, how they are evaluated and compared; and the graph of runs.
//
//   name: luffy_tiny
//   question: Does guidance teach what on-policy RL cannot find?
//   setting: tiny                 # or settings: [tiny, tiny_narrow]
//   recipes: [on_policy, {recipe: luffy, label: luffy high rate, set: [update.lr=1e-3]}]
//   grid: {update.lr: [1e-4, 3e-4]}         # every recipe with every value; zip, sample and when: plan_axes.h
//   seeds: 5                      # 0..4, or a list
//   evaluate: {suites: [ledger_hard], samples: 32}
//   include_base: true            # the checkpoint that the runs start from, as a row
//   baseline: luffy               # label of the row that the others are compared with
//   metrics: [ledger_hard, ledger_hard@8]   # columns; the first is the primary one, the others are secondary
//   gates: [{row: base, metric: ledger_hard, min: 0.05, max: 0.15}]
//
// A `search` (plan_search.h) tries points one after the other: its rows are the recipe and the trials so far.
// Instead of recipes and axes a plan may hold an `ablation` (plan_ablation.h): a base and named toggles.  Either way the
// variants end as rows of Plan::recipes, so everything behind parse_plan() knows rows only.
// The identity is that of the runs (identities and seeds of all nodes) without names and questions.
// Errors: UserError with file:line for anything that does not parse or resolve; a cell that does not resolve is named.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "sweeps/plan_search.h"
#include "trainers/catalog/run_spec.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::sweep {

struct PlanRow {
  std::string recipe;            // name or file
  std::string label;             // default: the recipe and its sets
  std::vector<std::string> set;  // "a.b=c", after the plan's train_set
  std::string setting;           // default: the plan's

  // Not in the file's row: what the plan's axes or toggles made of it.
  std::string role = "variant";  // or "baseline"
  nlohmann::json toggles =
      nlohmann::json::object();  // {toggle: "on"|"off"}, or {path: value} of the axes
  bool generated = false;        // by axes: merged with an equal row instead of kept
  std::optional<size_t> trial = {};   // number of the search's trial that this row is
  config::Origin origin;         // where the file says it

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanRow::recipe, "recipe", "a recipe's name or file", config::not_empty())
            .required(),
        field(&PlanRow::label, "label", "name of the row; default: the recipe and its changes"),
        field(&PlanRow::set, "set", "changes to this row, each a.b=c"),
        field(&PlanRow::setting, "setting", "a setting's name or file; default: the plan's")};
  }
};

struct PlanEvaluate {
  std::vector<std::string> suites;  // empty: the setting's
  std::optional<int64_t> samples;
  std::vector<std::string> set;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{field(&PlanEvaluate::suites, "suites",
                            "suites that every row is evaluated on; default: the setting's"),
                      field(&PlanEvaluate::samples, "samples",
                            "samples an item; default: each suite's own", config::at_least(1)),
                      field(&PlanEvaluate::set, "set", "changes to the evaluation, each a.b=c")};
  }
};

// A condition on a row's mean that has to hold before a comparison means anything.
struct PlanGate {
  std::string row = "base";
  std::string metric;
  std::optional<double> min, max;
  std::string why;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanGate::row, "row", "label of the row"),
        field(&PlanGate::metric, "metric", "SUITE, SUITE@K or SUITE:FLAG", config::not_empty())
            .required(),
        field(&PlanGate::min, "min", "the row's mean over seeds is at least this"),
        field(&PlanGate::max, "max", "the row's mean over seeds is at most this"),
        field(&PlanGate::why, "why", "reason, for the sentence of a failure")};
  }
};

// Values drawn for several settings at once: plan_axes.h.
struct PlanSample {
  std::string method = "sobol";
  int64_t n = 0;
  uint64_t seed = 0;
  config::Node space;  // path -> [choices] or {low, high, scale, integer}

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanSample::method, "method", "scrambled Sobol points, or independent draws",
              config::choices({"sobol", "random"})),
        field(&PlanSample::n, "n", "how many points", config::at_least(1)).required(),
        field(&PlanSample::seed, "seed", "of the draws, not of the runs"),
        field(&PlanSample::space, "space",
              "{path: [choices]} or {path: {low, high, scale: linear|log, integer}}")
            .required()};
  }
};

// Changes, or further axes, for the variants where every condition holds.
struct PlanWhen {
  std::vector<std::string> conditions;  // "path=value", "recipe=name", "setting=name"
  std::vector<std::string> set;
  config::Node grid;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanWhen::conditions, "if",
              "all have to hold: path=value, recipe=NAME or setting=NAME", config::not_empty())
            .required(),
        field(&PlanWhen::set, "set", "changes to these variants, each a.b=c"),
        field(&PlanWhen::grid, "grid", "axes of these variants alone: {path: [values]}")};
  }
};

// A base and named parts of it that are switched: plan_ablation.h.
struct PlanAblation {
  config::Node base;  // a recipe's name, or {recipe, label, set}
  std::string matrix = "leave-one-out";
  config::Node toggles;  // name -> {label, on: [a.b=c], off: [a.b=c]}, in the order of the file

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanAblation::base, "base", "a recipe's name, or {recipe, label, set}").required(),
        field(&PlanAblation::matrix, "matrix", "which combinations of toggles are rows",
              config::choices({"leave-one-out", "add-one-in", "cumulative", "pairwise", "full"})),
        field(&PlanAblation::toggles, "toggles",
              "{name: {label, on: [a.b=c], off: [a.b=c]}}, in order")
            .required()};
  }
};

// What one run takes from a pool.
struct PlanResources {
  int64_t cores = 0;
  int64_t gpus = 0;
  double gpu_share = 1, gpu_memory_gib = 0, memory_gib = 0, hours = 0;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanResources::cores, "cores",
              "threads of a run; 0: what its setting says, one slot each", config::in(0, 4096)),
        field(&PlanResources::gpus, "gpus", "devices of a run", config::in(0, 64)),
        field(&PlanResources::gpu_share, "gpu_share",
              "part of a device that a run takes, when it takes one",
              config::in(0.0, 1.0).open_low()),
        field(&PlanResources::gpu_memory_gib, "gpu_memory_gib",
              "memory of each device that a run needs; 0: not looked at", config::at_least(0.0)),
        field(&PlanResources::memory_gib, "memory_gib", "host memory, for Slurm",
              config::at_least(0.0)),
        field(&PlanResources::hours, "hours", "time limit of a run, for Slurm",
              config::at_least(0.0))};
  }
};

struct Plan {
  std::string name;
  std::string question;
  std::string setting = "tiny";
  std::vector<std::string> settings;  // an axis; empty: `setting` alone
  std::vector<PlanRow> recipes;       // after parse_plan: every variant
  std::vector<uint64_t> seeds;
  std::vector<std::string> train_set;  // changes to every recipe
  config::Node grid, zip;              // axes
  std::optional<PlanSample> sample;
  std::vector<PlanWhen> when;
  std::optional<PlanSearch> search;
  std::optional<PlanAblation> ablation;
  PlanEvaluate evaluate;
  PlanResources resources;
  std::optional<double> budget_hours;
  bool include_base = true;
  std::string baseline;              // default: the first recipe
  std::vector<std::string> metrics;  // default: every suite, in order
  std::optional<double> minimum_effect;
  double alpha = 0.05;
  std::string correction = "holm";
  std::vector<std::string> allow_diff;
  std::string compute_match = "none";
  std::string select;  // of every row; empty: what each training says
  std::vector<std::string> stop_on;
  std::vector<PlanGate> gates;  // default: the setting's, on the base
  std::string takeoff;          // "metric:threshold", optional
  int64_t max_cells = 2000;
  std::filesystem::path file;      // where it came from
  std::string given;  // the plan as a command line names it: a built-in name, or the file
  std::vector<std::string> notes;  // what a reader of the plan should know, in sentences

  const char* kind() const {
    return ablation ? "ablation" : "sweep";
  }  // of the experiment in the store

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&Plan::name, "name", "name of the experiment in the store", config::not_empty())
            .required(),
        field(&Plan::question, "question", "what the comparison asks, for the heading"),
        field(&Plan::setting, "setting", "a setting's name or file"),
        field(&Plan::settings, "settings", "several settings: every row on each of them"),
        field(&Plan::recipes, "recipes", "the rows: a recipe, or {recipe, label, set, setting}"),
        field(&Plan::seeds, "seeds", "a list, or N for 0 to N-1", config::not_empty()).required(),
        field(&Plan::train_set, "train_set", "changes to every row, each a.b=c"),
        field(&Plan::grid, "grid", "{path: [values]}: every row with every combination"),
        field(&Plan::zip, "zip",
              "{path: [values]} of equal lengths that change together, or a list of such"),
        field(&Plan::sample, "sample", "every row with n drawn points"),
        field(&Plan::when, "when", "changes or axes of the variants where a condition holds"),
        field(&Plan::search, "search", "points tried one after the other, as further rows"),
        field(&Plan::ablation, "ablation", "a base and named toggles, instead of recipes and axes"),
        field(&Plan::evaluate, "evaluate", "how every row is evaluated"),
        field(&Plan::resources, "resources", "what one run takes"),
        field(&Plan::budget_hours, "budget_hours", "hours of run time that the plan may cost",
              config::above(0.0)),
        field(&Plan::include_base, "include_base",
              "the checkpoint that the rows start from is a row"),
        field(&Plan::baseline, "baseline",
              "label of the row that the others are compared with; default: the first recipe"),
        field(&Plan::metrics, "metrics",
              "columns: the first one primary, the others secondary; default: every suite"),
        field(&Plan::minimum_effect, "minimum_effect",
              "difference of the primary metric that matters", config::above(0.0)),
        field(&Plan::alpha, "alpha", "of the tests, before the correction", config::in(1e-6, 0.5)),
        field(&Plan::correction, "correction",
              "for the number of rows: holm (chance of any false finding) or bh "
              "(Benjamini-Hochberg: expected share of false findings among the findings)",
              config::choices({"holm", "bh"})),
        field(&Plan::allow_diff, "allow_diff",
              "configuration paths in which rows may differ undeclared; * stands for any text"),
        field(&Plan::compute_match, "compute_match", "what has to be equal between rows",
              config::choices({"none", "iterations", "tokens", "seconds"})),
        field(&Plan::select, "select",
              "checkpoint.select of every row: the last checkpoint of a run is evaluated, or the one "
              "that was best while training; default: what each training says, the last",
              config::choices({"last", "best"})),
        field(&Plan::stop_on, "stop_on",
              "stop.on of every row: health rules that end a training early",
              config::choices(train::kStopRules)),
        field(
            &Plan::gates, "gates",
            "conditions checked before anything is compared; default: the setting's, on the base"),
        field(&Plan::takeoff, "takeoff",
              "METRIC:THRESHOLD; the first iteration above it is reported"),
        field(&Plan::max_cells, "max_cells", "a plan of more variants x seeds is refused",
              config::in(1, 100000))};
  }
};

Plan parse_plan(std::string_view yaml, const std::string& file);
Plan load_plan(const std::string& name_or_file);  // a built-in example's name, or a file

// One cell of the table: a row label and a seed, filled by an evaluation of a trained checkpoint.
struct PlanCell {
  std::string row;
  uint64_t seed = 0;
  size_t train_node = 0;
  size_t evaluate_node = 0;
};

// What a comparison needs to know of a row besides its runs.
struct RowDeclaration {
  std::string label;
  std::string role;  // "base" (a checkpoint), "baseline", "variant"
  nlohmann::json
      toggles;  // {toggle: "on"|"off"}; {path: value} of the axes; {} for a row written by hand
  bool whole =
      false;  // another recipe or setting than the baseline's: every difference is declared
  // Otherwise: the row may differ from the baseline at or below these paths of the resolved configuration
  // ("components.1.clip", as in the store's parameters).
  std::vector<std::string> paths;
};

struct ExpandedPlan {
  Plan plan;
  train::Graph graph;
  std::vector<PlanCell> cells;               // by seed, then in the order of the rows, base first
  std::vector<std::string> rows;             // "base" first when included
  std::vector<RowDeclaration> declarations;  // parallel to rows
  std::string identity;                      // sha256 hex
};

// Resolves every cell.  Variants of axes that are the same run are merged, with a note; a toggle that changes nothing and a
// cell that does not resolve are UserErrors that name the place and the cell.
ExpandedPlan expand(const Plan& plan);
// Nothing for a row that the plan does not have.
const RowDeclaration* find_declaration(const ExpandedPlan& plan, const std::string& row);

}  // namespace rlreason::sweep
