// A plan file: recipes x seeds, how they are evaluated and how they are compared; and the graph of runs it stands for.
//
//   name: luffy_tiny
//   question: Does guidance teach what on-policy RL cannot find?
//   setting: tiny
//   recipes: [on_policy, {recipe: luffy, label: luffy high rate, set: [optimizer.lr=1e-3]}]
//   seeds: 5                      # 0..4, or a list
//   evaluate: {suites: [ledger_hard], samples: 32}
//   include_base: true            # the checkpoint that the runs start from, as a row
//   baseline: luffy               # label of the row that the others are compared with
//   metrics: [ledger_hard, ledger_hard@8]   # columns; the first is the primary one
//   gates: [{row: base, metric: ledger_hard, min: 0.05, max: 0.15}]
//
// The identity is that of the runs (identities and seeds of all nodes) without names and questions.
// Errors: UserError with file:line for anything that does not parse or resolve.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::sweep {

struct PlanRow {
  std::string recipe;            // name or file
  std::string label;             // default: the recipe and its sets
  std::vector<std::string> set;  // "a.b=c", after the plan's train_set

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&PlanRow::recipe, "recipe", "a recipe's name or file", config::not_empty())
            .required(),
        field(&PlanRow::label, "label", "name of the row; default: the recipe and its changes"),
        field(&PlanRow::set, "set", "changes to this row, each a.b=c")};
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

struct Plan {
  std::string name;
  std::string question;
  std::string setting = "tiny";
  std::vector<PlanRow> recipes;
  std::vector<uint64_t> seeds;
  std::vector<std::string> train_set;  // changes to every recipe
  PlanEvaluate evaluate;
  bool include_base = true;
  std::string baseline;              // default: the first recipe
  std::vector<std::string> metrics;  // default: every suite, in order
  std::vector<PlanGate> gates;       // default: the setting's, on the base
  std::string takeoff;               // "metric:threshold", optional
  std::filesystem::path file;        // where it came from

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&Plan::name, "name", "name of the experiment in the store", config::not_empty())
            .required(),
        field(&Plan::question, "question", "what the comparison asks, for the heading"),
        field(&Plan::setting, "setting", "a setting's name or file"),
        field(&Plan::recipes, "recipes", "the rows: a recipe, or {recipe, label, set}",
              config::not_empty())
            .required(),
        field(&Plan::seeds, "seeds", "a list, or N for 0 to N-1", config::not_empty()).required(),
        field(&Plan::train_set, "train_set", "changes to every row, each a.b=c"),
        field(&Plan::evaluate, "evaluate", "how every row is evaluated"),
        field(&Plan::include_base, "include_base",
              "the checkpoint that the rows start from is a row"),
        field(&Plan::baseline, "baseline",
              "label of the row that the others are compared with; default: the first recipe"),
        field(&Plan::metrics, "metrics", "columns, the first one primary; default: every suite"),
        field(
            &Plan::gates, "gates",
            "conditions checked before anything is compared; default: the setting's, on the base"),
        field(&Plan::takeoff, "takeoff",
              "METRIC:THRESHOLD; the first iteration above it is reported")};
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

struct ExpandedPlan {
  Plan plan;
  train::Graph graph;
  std::vector<PlanCell> cells;    // by seed, then in the order of the rows, base first
  std::vector<std::string> rows;  // "base" first when included
  std::string identity;           // sha256 hex
};

ExpandedPlan expand(const Plan& plan);

}  // namespace rlreason::sweep
