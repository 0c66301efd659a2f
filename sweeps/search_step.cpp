#include "sweeps/search_step.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/signals.h"
#include "core/terminal/table.h"
#include "sweeps/compare/metric.h"
#include "sweeps/experiment.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/run_files.h"
#include "sweeps/scores.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

// The cells of a trial, one a seed.
std::vector<PlanCell> cells_of(const ExpandedPlan& plan, size_t trial) {
  std::vector<PlanCell> cells;
  for (const PlanRow& row : plan.plan.recipes)
    if (row.trial == trial)
      for (const PlanCell& cell : plan.cells)
        if (cell.row == row.label) cells.push_back(cell);
  return cells;
}

// Reads values of runs that have come far enough.
class Values {
 public:
  Values(const store::Store& store, const ExpandedPlan& plan, const SearchView& view)
      : store_(store), view_(view) {
    metric_ = view.search.metric.empty() ? primary_metric(plan) : view.search.metric;
    curve_ = metric_.find('/') != std::string::npos;
  }

  bool from_training() const { return curve_ || view_.search.halving; }

  double value(const std::string& training, const std::string& evaluation, int64_t budget) const {
    const auto found = curve_                 ? of_curve(training, budget)
                       : view_.search.halving ? of_suite(training, budget)
                                              : of_suite(evaluation, INT64_MAX);
    if (found) return *found;
    throw UserError("search.metric: required a value of '{}', run {} has none so far; {}", metric_,
                    from_training() ? training : evaluation,
                    curve_ ? "rlreason show RUN lists its curves"
                           : "evaluate the suite while training: eval.suites and eval.every");
  }

 private:
  std::optional<double> of_curve(const std::string& uid, int64_t budget) const {
    std::vector<store::CurvePoint> points = store_.curve(uid, metric_);
    std::erase_if(points, [&](const store::CurvePoint& point) { return point.iteration > budget; });
    if (points.empty()) return {};
    const size_t n = std::min(points.size(), static_cast<size_t>(view_.search.average));
    double sum = 0;
    for (size_t i = points.size() - n; i < points.size(); ++i) sum += points[i].value;
    return sum / static_cast<double>(n);
  }

  // Of the newest evaluation that is not of later weights.
  std::optional<double> of_suite(const std::string& uid, int64_t budget) const {
    const Metric metric = parse_metric(metric_, "search.metric");
    std::optional<store::EvalKey> newest;
    for (const store::EvalRow& row : store_.evaluations(uid))
      if (row.key.suite == metric.suite && row.key.iteration <= budget &&
          (!newest || row.key.iteration >= newest->iteration))
        newest = row.key;
    return newest ? metric_value(metric, store_.facts(uid, *newest)) : std::nullopt;
  }

  const store::Store& store_;
  const SearchView& view_;
  std::string metric_;
  bool curve_ = false;
};

bool ended_badly(const ExpandedPlan& plan, const PlanCell& cell, const PoolOptions& options) {
  const auto failed = [&](size_t node) {
    return result_state(options.launch.runs_dir / plan.graph.specs[node].directory()) == "failed";
  };
  return failed(cell.train_node) || failed(cell.evaluate_node);
}

// What a trial has reached; true when that is news: runs that were invalid and made again may give another value.
bool take_in(const OpenedPlan& opened, const Values& values, size_t number,
             const PoolOptions& options, Trial& trial) {
  const SearchView& view = *opened.search;
  const size_t rung = view.entered[number];
  const bool last = rung + 1 == view.rungs.size();
  double sum = 0;
  const std::vector<PlanCell> cells = cells_of(opened.plan, number);
  for (const PlanCell& cell : cells) {
    if (ended_badly(opened.plan, cell, options)) return trial.failed = true;
    const auto uid = [&](size_t node) -> std::string {
      const train::RunSpec& spec = opened.plan.graph.specs[node];
      const auto directory = options.launch.runs_dir / spec.directory();
      if (!is_done(spec, directory)) return "";
      return read_run(directory).value("uid", "");
    };
    const std::string training = uid(cell.train_node);
    const std::string evaluation = last ? uid(cell.evaluate_node) : "";
    if (training.empty() || (last && evaluation.empty())) return false;
    sum += values.value(training, evaluation, view.search.halving ? view.rungs[rung] : INT64_MAX);
  }
  const double mean = sum / static_cast<double>(cells.size());
  if (!std::isfinite(mean)) return trial.failed = true;
  if (trial.has_value(rung) && *trial.by_rung[rung] == mean) return false;
  trial.by_rung.resize(rung + 1);
  trial.by_rung[rung] = mean;
  return true;
}

// Values of all trials that run; how many were new.
size_t take_in_all(const OpenedPlan& opened, const PoolOptions& options, const store::Store& store,
                   std::vector<Trial>& trials) {
  const Values values(store, opened.plan, *opened.search);
  size_t news = 0;
  for (size_t i = 0; i < trials.size(); ++i)
    if (has_row(opened.search->states[i]))
      news += take_in(opened, values, i, options, trials[i]) ? 1 : 0;
  return news;
}

void want(const train::Graph& graph, size_t node, std::vector<bool>& wanted) {
  wanted[node] = true;
  for (const train::Producer& producer : graph.specs[node].producers)
    want(graph, producer.node, wanted);
}

// Everything but evaluations of trainings that are not wanted to their end.
std::vector<bool> wanted_of(const ExpandedPlan& plan) {
  std::vector<bool> wanted(plan.graph.specs.size(), false);
  for (const PlanCell& cell : plan.cells)
    want(plan.graph,
         plan.graph.specs[cell.train_node].pause_at > 0 ? cell.train_node : cell.evaluate_node,
         wanted);
  return wanted;
}

// Stores changed trials under what follows from them, and opens the plan anew.
OpenedPlan stored(const Plan& plan, store::Store& store, SearchView view, size_t first) {
  view.entered = entered_rungs(view.search, view.rungs.size(), view.trials);
  view.states = trial_states(view.search, view.rungs.size(), view.trials);
  store_trials(store, plan.name, view, first);
  return open_with_trials(plan, &store);
}

// What is on disk, taken into the store: it may have been made, or have gone on, while nobody listened.
PoolReport take_stock(const ExpandedPlan& plan, const PoolOptions& options, store::Store& store) {
  PoolReport report = inspect(plan.graph, options);
  for (const NodeReport& node : report.nodes)
    if (node.state == NodeState::reused && !read_run(node.directory).is_null())
      store.ingest(node.directory);
  return report;
}

// New values, or else further trials; false when there is neither.  What another plan has run may give values at once.
bool learn_or_suggest(const Plan& plan, store::Store& store, const PoolOptions& options,
                      OpenedPlan& opened) {
  SearchView view = *opened.search;
  size_t first = 0;
  if (take_in_all(opened, options, store, view.trials) == 0) {
    const auto next = suggest(view.search, view.space, view.trials);
    if (next.empty()) return false;
    first = view.trials.size();
    view.trials.insert(view.trials.end(), next.begin(), next.end());
  }
  opened = stored(plan, store, std::move(view), first);
  take_stock(opened.plan, options, store);
  return true;
}

// A trial whose run ended with an error is out; anything else that failed would be started again and again.
bool goes_on(const ExpandedPlan& plan, const PoolReport& report) {
  std::vector<bool> of_trial(report.nodes.size(), false);
  for (const PlanRow& row : plan.plan.recipes)
    for (const PlanCell& cell : plan.cells)
      if (row.trial && cell.row == row.label)
        of_trial[cell.train_node] = of_trial[cell.evaluate_node] = true;
  for (size_t i = 0; i < report.nodes.size(); ++i)
    if (report.nodes[i].state == NodeState::failed &&
        (!of_trial[i] || result_state(report.nodes[i].directory) != "failed"))
      return false;
  return report.count(NodeState::preempted) == 0 && process::stop_level() == 0;
}

std::string number_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

SearchStep next_step(const Plan& plan, store::Store& store, const PoolOptions& options,
                     bool again) {
  SearchStep step{open_with_trials(plan, &store), {}, false};
  register_experiment(store, step.opened.plan, take_stock(step.opened.plan, options, store));
  if (again) {
    SearchView view = *step.opened.search;
    for (Trial& trial : view.trials) trial.failed = false;
    step.opened = stored(plan, store, std::move(view), 0);
  } else {
    while (learn_or_suggest(plan, store, options, step.opened)) {
    }
  }
  step.wanted = wanted_of(step.opened.plan);
  const PoolReport report = inspect(step.opened.plan.graph, options);
  step.finished = true;
  for (size_t i = 0; i < step.wanted.size(); ++i)
    if (step.wanted[i] && report.nodes[i].state == NodeState::todo) step.finished = false;
  return step;
}

OpenedPlan run_search(const Plan& plan, store::Store& store, const PoolOptions& options, bool again,
                      const RunPool& run_pool) {
  const auto folder = coordinator_folder(options.launch.runs_dir, options.key) / "search";
  process::make_directories(folder);
  const process::DirectoryLock lock(folder);
  for (;; again = false) {
    SearchStep step = next_step(plan, store, options, again);
    if (step.finished) return std::move(step.opened);
    PoolOptions own = options;
    own.wanted = step.wanted;
    const PoolReport report = run_pool(step.opened.plan, own);
    if (goes_on(step.opened.plan, report)) continue;
    throw_for(step.opened.plan.graph, report);
    throw PreemptedError("{}: stopped between two steps of the search; the same command goes on",
                         plan.name);
  }
}

std::string schedule_text(const SearchView& view, size_t seeds) {
  const std::vector<int64_t> counts = entrants(view.search, view.rungs.size());
  int64_t iterations = 0, before = 0;
  std::string rungs;
  for (size_t rung = 0; rung < counts.size(); ++rung) {
    iterations += counts[rung] * (view.rungs[rung] - before);
    before = view.rungs[rung];
    rungs += fmt::format("{}{} to iteration {}", rung == 0 ? "" : ", ", counts[rung], before);
  }
  const int64_t whole = view.search.trials * before;
  return fmt::format(
      "search    {}, {} trials x {} seed{}: {}; {} iterations, {:.0f} % of all to the end\n",
      view.search.method, view.search.trials, seeds, seeds == 1 ? "" : "s", rungs,
      iterations * static_cast<int64_t>(seeds),
      100.0 * static_cast<double>(iterations) / static_cast<double>(whole));
}

std::string trials_text(const SearchView& view) {
  if (view.trials.empty()) return "";
  std::vector<terminal::Column> columns{{.title = "trial", .align = terminal::Align::right}};
  for (const Dimension& dimension : view.space)
    columns.push_back({.title = dimension.path, .align = terminal::Align::right, .widest = 32});
  for (const int64_t rung : view.rungs)
    columns.push_back({.title = fmt::format("at {}", rung), .align = terminal::Align::right});
  columns.push_back({.title = "state"});
  terminal::Table table(columns);
  for (size_t i = 0; i < view.trials.size(); ++i) {
    std::vector<std::string> cells{std::to_string(i)};
    for (const Dimension& dimension : view.space)
      cells.push_back(number_text(view.trials[i].values.at(dimension.path)));
    for (size_t rung = 0; rung < view.rungs.size(); ++rung)
      cells.push_back(view.trials[i].has_value(rung)
                          ? fmt::format("{:.4f}", *view.trials[i].by_rung[rung])
                          : "");
    const bool waits =
        view.states[i] == TrialState::running && view.trials[i].has_value(view.entered[i]);
    cells.push_back(waits                                  ? "waits for others"
                    : view.states[i] == TrialState::pruned ? "left behind"
                                                           : to_string(view.states[i]));
    table.add(std::move(cells));
  }
  return table.text();
}

json search_json(const SearchView& view) {
  json document = {{"method", view.search.method}, {"metric", view.search.metric},
                   {"goal", view.search.goal},     {"rungs", view.rungs},
                   {"wanted", view.search.trials}, {"trials", json::array()}};
  for (size_t i = 0; i < view.trials.size(); ++i) {
    json values = json::array();
    for (const auto& value : view.trials[i].by_rung)
      values.push_back(value ? json(*value) : json());
    document["trials"].push_back({{"trial", i},
                                  {"values", view.trials[i].values},
                                  {"by_rung", values},
                                  {"rung", view.entered[i]},
                                  {"state", to_string(view.states[i])},
                                  {"sampler_state", view.trials[i].sampler_state}});
  }
  return document;
}

}  // namespace rlreason::sweep
