// The input of a comparison, read from the store: which run fills which cell, its stored facts and its learning curves.
//
// A cell is a row label and a seed.  A plan names its cells; runs given by name are grouped into rows by recipe and
// configuration.  Not here: numbers (comparison.h).  What a log's text says is never read.
// Errors: UserError for names that no run has.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/store/neutral.h"
#include "core/store/store.h"
#include "sweeps/compare/statistics.h"
#include "sweeps/plan.h"

namespace rlreason::sweep {

struct CellFacts {
  std::string row = {};
  uint64_t seed = 0;
  std::optional<store::RunRow> evaluation = {};  // nothing: not run, or not in this store
  std::optional<store::RunRow> training = {};
  std::map<std::string, store::EvalFacts> suites =
      {};  // by suite name, the last iteration of the evaluation; without items where none were asked for
  std::optional<store::RunDetail> evaluated = {}, trained = {};  // of the same runs, for the rules
  // Digest of the program's sources that results depend on, of the last attempt; "" where none was recorded.
  std::string evaluated_source = {}, trained_source = {};
  // The configuration that the plan, or today's recipe of that name, stands for; null when there is none.
  nlohmann::json declared_training = {}, declared_evaluation = {};
};

// In which paths a row may differ from the baseline, and what it switches.
struct RowMeaning {
  bool whole =
      true;  // another method: every difference between the declared configurations is meant
  std::vector<std::string> paths = {};  // otherwise only these
  std::string toggle = {};  // name of the one part that the row switches; empty: none or several
  bool removes = false;     // the baseline has it, the row does not
};

// What a training took, from its own records; nothing when it recorded none.  `seconds`: of its iterations, not of waiting.
struct ComputeUsed {
  std::optional<double> iterations, tokens, generated, seconds;
};
ComputeUsed compute_used(const store::RunDetail& training);

struct CurveRequest {
  std::string metric = "rollout/reward";
  std::string axis = "train/tokens";  // cumulative; iterations where a run has no such metric
  std::string takeoff_metric;         // empty: none
  double takeoff_threshold = 0;
};
CurveRequest parse_takeoff(const std::string& text,
                           CurveRequest request);  // "metric:threshold"; UserError

// One training run's curve: x is cumulative.
struct Curve {
  std::string row;
  uint64_t seed = 0;
  std::vector<double> x, y;
  std::vector<int64_t> iterations;
  std::optional<int64_t> takeoff;  // first iteration above the threshold
  bool axis_is_iterations = true;
};

struct ComparisonInput {
  std::string name, question;
  std::vector<std::string> rows;
  std::vector<uint64_t> seeds;
  std::string baseline;              // empty: the first row
  std::vector<std::string> metrics;  // as text; empty: every suite
  std::vector<CellFacts> cells;
  std::vector<Curve> curves;
  std::vector<PlanGate> gates;
  CurveRequest curve;
  int64_t base_runs =
      0;  // how many different trainings made the checkpoints of the row "base"; 0: no such row
  std::vector<std::string> footnotes;          // about the data that rows were trained on
  std::string fill_command;                    // the command that fills missing cells
  std::string again_command;                   // the command that shows this comparison
  std::map<std::string, RowMeaning> meanings;  // by row; absent: another method
  std::vector<std::string> allow_diff;         // path patterns in which rows may differ undeclared
  std::string compute_match = "none";          // none, iterations, tokens or seconds
  std::optional<double> minimum_effect;        // of the primary metric
  double alpha = 0.05;
  Correction correction = Correction::holm;
  std::map<std::string, std::vector<std::string>> invalid;  // run uid -> reasons
  store::NeutralChanges neutral;  // changes of the program that do not count as code drift
  std::set<std::string> overlapping;  // rows whose training data holds evaluated items
};

// What of the evaluations' samples is read.  By default everything; a table alone needs much less.
struct FactNeeds {
  bool table_alone = false;  // no texts, and items only of the suites of the columns and gates
  std::vector<std::string> columns = {};  // asked for beside the plan's metrics, as text
};

ComparisonInput read_plan(const store::Store& store, const ExpandedPlan& plan,
                          const CurveRequest& request, const FactNeeds& needs = {});
// RUN…: trainings (their evaluations are looked up) or evaluations.
ComparisonInput read_runs(const store::Store& store, const std::vector<std::string>& runs,
                          const CurveRequest& request, const FactNeeds& needs = {});

}  // namespace rlreason::sweep
