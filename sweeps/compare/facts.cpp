#include "sweeps/compare/facts.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/store/invalidations.h"
#include "core/store/provenance.h"
#include "sweeps/compare/metric.h"
#include "sweeps/compare/overlaps.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
namespace {

using store::RunDetail;
using store::RunFilter;
using store::RunRow;
using store::RunState;
using store::Store;

// The run of this identity and seed: a finished one before others, then the newest.
std::optional<RunRow> find(const Store& store, const std::string& kind, const std::string& identity,
                           uint64_t seed) {
  RunFilter filter;
  filter.kind = kind;
  filter.identity = identity;
  filter.seed = seed;
  const std::vector<RunRow> found = store.runs(filter);
  if (found.empty()) return {};
  const auto done = std::find_if(found.begin(), found.end(),
                                 [](const RunRow& r) { return r.state == RunState::done; });
  return done != found.end() ? *done : found.front();
}

// Of the samples; `metrics` empty stands for every suite.
store::FactSelection selection_of(const std::vector<std::string>& metrics,
                                  const std::vector<PlanGate>& gates, const FactNeeds& needs) {
  if (!needs.table_alone) return {};
  store::FactSelection selection{.suites = {}, .texts = false};
  if (metrics.empty()) return selection;
  selection.suites.emplace();
  for (const std::string& text : metrics)
    selection.suites->insert(parse_metric(text, "metrics").suite);
  for (const std::string& text : needs.columns)
    selection.suites->insert(parse_metric(text, "--suites").suite);
  for (const PlanGate& gate : gates)
    selection.suites->insert(parse_metric(gate.metric, "gates").suite);
  return selection;
}

void read_suites(const Store& store, const store::FactSelection& selection, CellFacts& cell) {
  if (!cell.evaluation) return;
  for (store::EvalFacts& facts : store.all_facts(cell.evaluation->uid, selection)) {
    const auto known = cell.suites.find(facts.row.key.suite);
    if (known != cell.suites.end() && known->second.row.key.iteration > facts.row.key.iteration)
      continue;
    cell.suites[facts.row.key.suite] = std::move(facts);
  }
}

// The configuration that today's recipe of that name stands for in the run's setting; null when there is none of its shape.
nlohmann::json declared_by_recipe(const RunDetail& run) {
  try {
    train::Graph graph;
    const size_t node = train::resolve_train(graph, {.recipe = run.row.recipe,
                                                     .setting = run.row.setting,
                                                     .seed = run.row.seed,
                                                     .sets = {},
                                                     .init = "",
                                                     .label = ""});
    nlohmann::json config = graph.specs[node].config;
    for (const auto& [key, value] : config.items())
      if (run.config.is_object() && run.config.contains(key)) return config;
  } catch (const Error&) {
    return {};  // a recipe file that is gone: what it declared is not known
  }
  return {};
}

void find_takeoff(const Store& store, const std::string& uid, const CurveRequest& request,
                  Curve& curve) {
  if (request.takeoff_metric.empty()) return;
  for (const store::CurvePoint& point : store.curve(uid, request.takeoff_metric)) {
    if (!(point.value > request.takeoff_threshold)) continue;
    curve.takeoff = point.iteration;
    return;
  }
}

std::optional<Curve> read_curve(const Store& store, const CellFacts& cell,
                                const CurveRequest& request) {
  if (!cell.training) return {};
  Curve curve{.row = cell.row,
              .seed = cell.seed,
              .x = {},
              .y = {},
              .iterations = {},
              .takeoff = {},
              .axis_is_iterations = true};
  std::map<int64_t, double> axis;
  for (const store::CurvePoint& point : store.curve(cell.training->uid, request.axis))
    axis[point.iteration] = point.value;
  const std::vector<store::CurvePoint> points = store.curve(cell.training->uid, request.metric);
  curve.axis_is_iterations = !std::all_of(points.begin(), points.end(),
                                          [&](auto& p) { return axis.contains(p.iteration); });
  for (const store::CurvePoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    curve.x.push_back(curve.axis_is_iterations ? static_cast<double>(point.iteration)
                                               : axis[point.iteration]);
    curve.y.push_back(point.value);
    curve.iterations.push_back(point.iteration);
  }
  find_takeoff(store, cell.training->uid, request, curve);
  return curve;
}

std::string source_of(const Store& store, const std::string& uid) {
  std::string source;
  for (const store::AttemptProvenance& attempt : store::provenance(store, uid))
    if (attempt.code) source = attempt.code->source;
  return source;
}

void finish_cell(const Store& store, const store::FactSelection& selection, CellFacts cell,
                 ComparisonInput& input) {
  read_suites(store, selection, cell);
  if (cell.evaluation) {
    cell.evaluated = store.detail(cell.evaluation->uid);
    cell.evaluated_source = source_of(store, cell.evaluation->uid);
  }
  if (cell.training) {
    cell.trained = store.detail(cell.training->uid);
    cell.trained_source = source_of(store, cell.training->uid);
  }
  // The base is no row of RL training: its pre-training curve would not be on the others' axis.
  if (cell.row != "base")
    if (auto curve = read_curve(store, cell, input.curve))
      input.curves.push_back(std::move(*curve));
  input.cells.push_back(std::move(cell));
}

// The training that made the checkpoint of an evaluation: the run in the producer's directory.
std::optional<RunRow> training_of(const Store& store, const RunRow& evaluation) {
  for (const store::ProducerRow& producer : store.detail(evaluation.uid).producers) {
    if (producer.role != "checkpoint") continue;
    const fs::path made_in = store::made_in(evaluation, producer);
    RunFilter filter;
    filter.identity = producer.identity;
    for (const RunRow& row : store.runs(filter))
      if (fs::path(row.directory).lexically_normal() == made_in) return row;
  }
  return {};
}

// A cell's seed is that of its sampling: one base checkpoint is evaluated under every seed.
CellFacts evaluation_cell(const Store& store, const RunRow& evaluation) {
  CellFacts cell{.row = evaluation.name,
                 .seed = evaluation.seed,
                 .evaluation = evaluation,
                 .training = {},
                 .suites = {}};
  const nlohmann::json config = store.detail(evaluation.uid).config;
  if (config.is_object() && config.contains("seed") && config["seed"].is_number_unsigned())
    cell.seed = config["seed"];
  cell.training = training_of(store, evaluation);
  if (cell.training) cell.row = cell.training->recipe;
  return cell;
}

// The cells of a run that the user named: an evaluation is one, a training has one an evaluation of its own.
std::vector<CellFacts> cells_of(const Store& store, const RunRow& named) {
  if (named.kind == "evaluate") return {evaluation_cell(store, named)};
  if (named.kind != "train")
    throw UserError("compare: required trainings or evaluations, '{}' is of kind {}", named.name,
                    named.kind);
  RunFilter filter;
  filter.kind = "evaluate";
  filter.produced_by = named.identity;
  std::vector<CellFacts> cells;
  for (const RunRow& row : store.runs(filter)) {
    if (row.state != RunState::done) continue;
    CellFacts cell = evaluation_cell(store, row);
    if (cell.training && cell.training->uid == named.uid) cells.push_back(std::move(cell));
  }
  if (cells.empty())
    cells.push_back({.row = named.recipe,
                     .seed = named.seed,
                     .evaluation = {},
                     .training = named,
                     .suites = {}});
  return cells;
}

// Rows of one recipe in several configurations get the beginning of the identity.
void label_rows(std::vector<CellFacts>& cells) {
  std::map<std::string, std::set<std::string>> identities;
  const auto identity = [](const CellFacts& cell) {
    return cell.training     ? cell.training->identity
           : cell.evaluation ? cell.evaluation->identity
                             : "";
  };
  for (const CellFacts& cell : cells) identities[cell.row].insert(identity(cell));
  for (CellFacts& cell : cells)
    if (identities.at(cell.row).size() > 1)
      cell.row = fmt::format("{} {:.8}", cell.row, identity(cell));
}

// A second evaluation of a cell: it adds the suites that the first one lacks.
void add_suites(const Store& store, const store::FactSelection& selection, CellFacts cell,
                ComparisonInput& input) {
  read_suites(store, selection, cell);
  for (CellFacts& known : input.cells)
    if (known.row == cell.row && known.seed == cell.seed) known.suites.merge(cell.suites);
}

// The toggles that stand otherwise in a row than in the baseline.
std::vector<std::string> switched(const nlohmann::json& row, const nlohmann::json& baseline) {
  std::vector<std::string> names;
  for (const auto& [name, state] : row.items())
    if (state.is_string() && baseline.value(name, nlohmann::json()) != state) names.push_back(name);
  return names;
}

// What the plan says about its rows: in which paths they differ, which part they switch.
void read_declarations(const ExpandedPlan& expanded, ComparisonInput& input) {
  const RowDeclaration* baseline = find_declaration(expanded, input.baseline);
  for (const RowDeclaration& row : expanded.declarations) {
    RowMeaning meaning{.whole = row.whole || row.role == "base", .paths = row.paths};
    if (expanded.plan.ablation && baseline != nullptr && row.toggles.is_object() &&
        baseline->toggles.is_object()) {
      const std::vector<std::string> names = switched(row.toggles, baseline->toggles);
      if (names.size() == 1) {
        meaning.toggle = names.front();
        meaning.removes = row.toggles[names.front()] == "off";
      }
    }
    input.meanings[row.label] = std::move(meaning);
  }
}

// What holds for the whole table: footnotes about training data, the rows that they are of.
void finish_input(const Store& store, ComparisonInput& input) {
  input.invalid = store::invalid_runs(store);
  input.neutral = store::neutral_changes(store);
  std::vector<const CellFacts*> all;
  for (const CellFacts& cell : input.cells) all.push_back(&cell);
  input.footnotes = overlap_notes(store, all);
  if (input.footnotes.empty()) return;  // then no row has one
  for (const std::string& row : input.rows) {
    std::vector<const CellFacts*> own;
    for (const CellFacts* cell : all)
      if (cell->row == row) own.push_back(cell);
    if (!overlap_notes(store, own).empty()) input.overlapping.insert(row);
  }
}

template <class T>
void add_once(std::vector<T>& values, const T& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

}  // namespace

ComputeUsed compute_used(const RunDetail& training) {
  ComputeUsed used;
  if (training.row.iteration >= 0) used.iterations = static_cast<double>(training.row.iteration);
  for (const store::MetricSummary& metric : training.metrics) {
    if (metric.n == 0) continue;
    if (metric.metric == "train/tokens") used.tokens = metric.max;
    if (metric.metric == "train/tokens_generated") used.generated = metric.max;
    if (metric.metric == "time/iteration_s")
      used.seconds = metric.mean * static_cast<double>(metric.n);
  }
  return used;
}

CurveRequest parse_takeoff(const std::string& text, CurveRequest request) {
  if (text.empty()) return request;
  const size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0) {
    const char* end = text.data() + text.size();
    const auto [stop, error] =
        std::from_chars(text.data() + colon + 1, end, request.takeoff_threshold);
    request.takeoff_metric = text.substr(0, colon);
    if (error == std::errc() && stop == end) return request;
  }
  throw UserError(
      "takeoff: required METRIC:THRESHOLD, '{}' came; for example rollout/verbose_share:0.5", text);
}

ComparisonInput read_plan(const Store& store, const ExpandedPlan& expanded,
                          const CurveRequest& request, const FactNeeds& needs) {
  const Plan& plan = expanded.plan;
  const store::FactSelection selection = selection_of(plan.metrics, plan.gates, needs);
  ComparisonInput input;
  input.name = plan.name;
  input.question = plan.question;
  input.rows = expanded.rows;
  input.seeds = plan.seeds;
  input.baseline = plan.baseline;
  input.metrics = plan.metrics;
  input.gates = plan.gates;
  input.curve = request;
  input.fill_command = "rlreason sweep run " + plan.given;
  input.again_command = "rlreason compare " + plan.given;
  input.cells.reserve(expanded.cells.size());  // their facts are large
  for (const PlanCell& cell : expanded.cells) {
    const train::RunSpec& evaluate = expanded.graph.specs[cell.evaluate_node];
    const train::RunSpec& train = expanded.graph.specs[cell.train_node];
    CellFacts facts{
        .row = cell.row, .seed = cell.seed, .evaluation = {}, .training = {}, .suites = {}};
    facts.evaluation = find(store, "evaluate", evaluate.identity, evaluate.seed);
    facts.declared_evaluation = evaluate.config;
    if (train.kind == train::RunKind::train) {
      facts.training = find(store, "train", train.identity, train.seed);
      facts.declared_training = train.config;
    }
    finish_cell(store, selection, std::move(facts), input);
  }
  std::set<std::string> bases;
  for (const CellFacts& cell : input.cells)
    if (cell.row == "base" && cell.training) bases.insert(cell.training->uid);
  input.base_runs = static_cast<int64_t>(bases.size());
  read_declarations(expanded, input);
  input.allow_diff = plan.allow_diff;
  input.compute_match = plan.compute_match;
  input.minimum_effect = plan.minimum_effect;
  input.alpha = plan.alpha;
  input.correction = parse_correction(plan.correction);
  finish_input(store, input);
  return input;
}

ComparisonInput read_runs(const Store& store, const std::vector<std::string>& runs,
                          const CurveRequest& request, const FactNeeds& needs) {
  const store::FactSelection selection = selection_of({}, {}, needs);
  ComparisonInput input;
  input.name = "compare";
  input.curve = request;
  input.fill_command = "rlreason evaluate RUN";
  input.again_command = "rlreason compare";
  std::vector<CellFacts> cells;
  for (const std::string& text : runs) input.again_command += " " + text;
  for (const std::string& text : runs)
    for (CellFacts& cell : cells_of(store, store.find_run(text))) cells.push_back(std::move(cell));
  label_rows(cells);
  std::set<std::pair<std::string, uint64_t>> seen;
  input.cells.reserve(cells.size());
  for (CellFacts& cell : cells) {
    if (!seen.emplace(cell.row, cell.seed).second) {
      add_suites(store, selection, std::move(cell), input);
      continue;
    }
    add_once(input.rows, cell.row);
    add_once(input.seeds, cell.seed);
    finish_cell(store, selection, std::move(cell), input);
  }
  std::sort(input.seeds.begin(), input.seeds.end());
  for (CellFacts& cell : input.cells)
    if (cell.trained) cell.declared_training = declared_by_recipe(*cell.trained);
  finish_input(store, input);
  return input;
}

}  // namespace rlreason::sweep
