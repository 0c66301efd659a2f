// rlreason analyze scaling RUN…: the compute-performance law of a training's evaluations (sweeps/analysis/scaling.h).
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/analyze.h"
#include "core/store/store.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/analysis/scaling_runs.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using terminal::Align;

struct Options {
  std::vector<std::string> runs;
  std::string suite, axis = "train/tokens";
  std::optional<double> r0;
  double step = 0.005, highest = 1;
  int64_t resamples = 200;
  uint64_t seed = 0;
  bool points = false;
};

std::string number(double value) { return terminal::format_number(value, 3); }
std::string with_bounds(double value, const sweep::Bounds& bounds, bool known) {
  return known ? fmt::format("{} [{}, {}]", number(value), number(bounds.low), number(bounds.high))
               : number(value);
}

struct Row {
  sweep::ScalingCurve curve;
  sweep::ScalingReport report;
};

void print_points(const Row& row) {
  terminal::Table table({{"iteration", Align::right},
                         {row.curve.axis, Align::right},
                         {"measured", Align::right},
                         {"fitted", Align::right},
                         {"from the first half", Align::right}});
  const auto& half = row.report.extrapolation;
  const size_t first = half ? row.report.compute.size() - half->compute.size() : 0;
  for (size_t i = 0; i < row.report.compute.size(); ++i)
    table.add({std::to_string(row.curve.iterations[i]), number(row.report.compute[i]),
               number(row.report.measured[i]), number(row.report.fitted[i]),
               half && i >= first ? number(half->predicted[i - first]) : ""});
  fmt::print("{} on {}\n{}\n", terminal::clean(row.curve.run), terminal::clean(row.curve.suite),
             table.text());
}

std::string extrapolated(const sweep::ScalingReport& report, bool known) {
  if (!report.extrapolation) return "fewer than 8 points";
  const sweep::Extrapolation& own = *report.extrapolation;
  return fmt::format("{} said{}, {} came", with_bounds(own.predicted.back(), own.last, known),
                     own.law.identified ? "" : " *", number(own.measured.back()));
}

void print(const std::vector<Row>& rows, const Options& options) {
  terminal::Table table({{"run"},
                         {"suite"},
                         {"points", Align::right},
                         {"A"},
                         {"B"},
                         {"C_mid"},
                         {"R_0"},
                         {"rms error", Align::right},
                         {"second half from the first"}});
  bool edge = false;
  for (const Row& row : rows) {
    const sweep::ScalingReport& own = row.report;
    const bool known = options.resamples > 0;
    edge = edge || !own.law.identified || (own.extrapolation && !own.extrapolation->law.identified);
    table.add({row.curve.run, row.curve.suite, std::to_string(own.compute.size()),
               with_bounds(own.law.a, own.a, known) + (own.law.identified ? "" : " *"),
               with_bounds(own.law.b, own.b, known), with_bounds(own.law.c_mid, own.c_mid, known),
               number(own.law.r0), number(own.law.rmse), extrapolated(own, known)});
  }
  fmt::print(
      "R(C) = R_0 + (A - R_0) / (1 + (C_mid / C)^B), C = {}; 95 % intervals over items\n\n{}",
      terminal::clean(options.axis), table.text());
  if (edge)
    fmt::print(
        "* C_mid beyond the last point or A at the grid's end: these points do not tell the law's "
        "numbers apart\n");
}

void run(const Options& options, const Globals& globals) {
  sweep::ingest_runs(globals.store, globals.runs_dir);
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  std::vector<Row> rows;
  for (const std::string& name : options.runs)
    for (sweep::ScalingCurve& curve :
         sweep::scaling_curves(store, store.find_run(name), options.suite, options.axis)) {
      const sweep::ScalingReport report =
          sweep::scaling_report(curve.points, {.r0 = options.r0 ? options.r0 : curve.measured_r0,
                                               .step = options.step,
                                               .highest = options.highest,
                                               .resamples = options.resamples,
                                               .seed = options.seed});
      rows.push_back({.curve = std::move(curve), .report = report});
    }
  if (globals.json) {
    nlohmann::json curves = nlohmann::json::array();
    for (const Row& row : rows) curves.push_back(sweep::to_json(row.curve, row.report));
    return print_json({{"curves", curves}});
  }
  if (options.points)
    for (const Row& row : rows) print_points(row);
  print(rows, options);
}

}  // namespace

Analysis add_analyze_scaling(CLI::App& analyze, const Globals& globals) {
  auto options = std::make_shared<Options>();
  CLI::App* app = analyze.add_subcommand(
      "scaling", "a compute-performance law fitted to a training's evaluations");
  app->add_option("RUN", options->runs, "trainings with evaluations of five iterations or more")
      ->required();
  app->add_option("--suite", options->suite, "only this suite; default: each that was evaluated");
  app->add_option("--axis", options->axis, "cumulative metric that counts as compute");
  app->add_option("--r0", options->r0,
                  "score without compute; default: the first weights' evaluation, else fitted");
  app->add_option("--step", options->step, "step of the grid of A")->check(CLI::Range(1e-4, 0.5));
  app->add_option("--highest", options->highest, "end of the grid of A")
      ->check(CLI::Range(1e-6, 1e9));
  app->add_option("--resamples", options->resamples, "bootstrap resamples of items; 0: none")
      ->check(CLI::Range(int64_t{0}, int64_t{100000}));
  app->add_option("--seed", options->seed, "of the resamples");
  app->add_flag("--points", options->points, "the points besides");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
