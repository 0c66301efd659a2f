#include "cli/commands/evaluate_stored.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands/suite_tables.h"
#include "core/error.h"
#include "core/process/self.h"
#include "core/terminal/progress.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/lm_eval.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using terminal::Align;

constexpr const char* kGroup = "Stored responses";
constexpr size_t kListed = 30;  // flips and differences that are printed; --json has all

sweep::RescoreOptions judging(std::unique_ptr<terminal::Progress>& progress,
                              const Globals& globals) {
  sweep::RescoreOptions options{.threads = std::max(1u, std::thread::hardware_concurrency()),
                                .progress = {}};
  options.progress = [&progress, &globals](size_t done, size_t total) {
    if (!progress || done == 0) {
      terminal::ProgressOptions how;
      how.total = total;
      how.quiet = globals.quiet;
      progress = std::make_unique<terminal::Progress>("judging", how);
    }
    progress->update(done);
  };
  return options;
}

json gradings_json(const sweep::Rescored& rescored) {
  json list = json::array();
  for (const sweep::Grading& grading : rescored.gradings) {
    json one = eval::to_json(eval::suite_report(rescored.suite, eval::item_results(grading.facts)));
    one["verifier"] = grading.name;
    one["run"] = grading.run;
    list.push_back(std::move(one));
  }
  return list;
}

json agreement_json(const sweep::Rescored& rescored) {
  json matrix = json::array();
  for (size_t i = 0; i < rescored.gradings.size(); ++i)
    for (size_t j = i + 1; j < rescored.gradings.size(); ++j) {
      json pair = eval::to_json(
          eval::agreement_between(rescored.gradings[i].facts, rescored.gradings[j].facts));
      pair.erase("disagreements");
      pair["a"] = rescored.gradings[i].name;
      pair["b"] = rescored.gradings[j].name;
      matrix.push_back(std::move(pair));
    }
  return matrix;
}

json flips_json(const std::vector<sweep::Flip>& flips) {
  json list = json::array();
  for (const sweep::Flip& flip : flips)
    list.push_back({{"id", flip.item},
                    {"sample", flip.sample},
                    {"gold", flip.gold},
                    {"outcomes", flip.outcomes},
                    {"answers", flip.answers}});
  return list;
}

void print_gradings(const sweep::Rescored& rescored) {
  terminal::Table table({{"suite"},
                         {"verifier"},
                         {"right", Align::right},
                         {"unscored", Align::right},
                         {"accuracy", Align::right},
                         {"95 %"},
                         {"extracted", Align::right}});
  for (const sweep::Grading& grading : rescored.gradings) {
    const eval::SuiteReport report =
        eval::suite_report(rescored.suite, eval::item_results(grading.facts));
    table.add({rescored.suite, grading.name, std::to_string(report.rates.right),
               std::to_string(report.rates.unscored), fmt::format("{:.4f}", report.accuracy.value),
               fmt::format("{:.4f} to {:.4f}", report.accuracy.low, report.accuracy.high),
               fmt::format("{:.3f}", report.rates.extraction_rate)});
  }
  fmt::print("{}", table.text());
}

void print_matrix(const sweep::Rescored& rescored) {
  std::vector<terminal::Column> columns{{"equal verdicts"}};
  for (const sweep::Grading& grading : rescored.gradings)
    columns.push_back({grading.name, Align::right});
  terminal::Table table(columns);
  for (const sweep::Grading& row : rescored.gradings) {
    std::vector<std::string> cells{row.name};
    for (const sweep::Grading& column : rescored.gradings)
      cells.push_back(
          fmt::format("{:.2f} %", 100 * eval::agreement_between(row.facts, column.facts).rate()));
    table.add(cells);
  }
  fmt::print("\n{}", table.text());
}

void print_flips(const sweep::Rescored& rescored, const std::vector<sweep::Flip>& flips) {
  if (flips.empty()) return fmt::print("\nevery verdict is the same\n");
  std::vector<terminal::Column> columns{
      {"item", Align::left, 32}, {"sample", Align::right}, {"gold", Align::left, 32}};
  for (const sweep::Grading& grading : rescored.gradings)
    columns.push_back({grading.name, Align::left, 40});
  terminal::Table table(columns);
  for (size_t i = 0; i < std::min(kListed, flips.size()); ++i) {
    std::vector<std::string> cells{flips[i].item, std::to_string(flips[i].sample), flips[i].gold};
    for (size_t g = 0; g < flips[i].outcomes.size(); ++g)
      cells.push_back(fmt::format("{}: {}", flips[i].outcomes[g], flips[i].answers[g]));
    table.add(cells);
  }
  fmt::print("\n{} samples whose verdict flips\n{}", flips.size(), table.text());
  if (flips.size() > kListed) fmt::print("and {} more: --json lists all\n", flips.size() - kListed);
}

json rescore(const StoredOptions& options, const std::vector<sweep::StoredEvaluation>& evaluations,
             store::Store& store, const Globals& globals) {
  json document = json::array();
  for (const sweep::StoredEvaluation& evaluation : evaluations) {
    std::unique_ptr<terminal::Progress> progress;
    sweep::RescoreOptions how = judging(progress, globals);
    how.redo_invalid = options.redo_invalid;
    const sweep::Rescored rescored =
        sweep::rescore(evaluation, options.rescore, globals.runs_dir, store, how);
    progress.reset();
    const std::vector<sweep::Flip> flips = sweep::flips(evaluation, rescored);
    document.push_back({{"suite", rescored.suite},
                        {"gradings", gradings_json(rescored)},
                        {"agreement", agreement_json(rescored)},
                        {"flips", flips_json(flips)}});
    if (globals.json) continue;
    print_gradings(rescored);
    print_matrix(rescored);
    print_flips(rescored, flips);
  }
  return document;
}

json recheck(const std::vector<sweep::StoredEvaluation>& evaluations, const Globals& globals,
             size_t& differences) {
  json document = json::array();
  for (const sweep::StoredEvaluation& evaluation : evaluations) {
    std::unique_ptr<terminal::Progress> progress;
    const sweep::Recheck result = sweep::recheck(evaluation, judging(progress, globals));
    progress.reset();
    differences += result.differences.size();
    document.push_back({{"run", result.run},
                        {"suite", result.suite},
                        {"samples", result.samples},
                        {"differences", result.differences}});
    if (globals.json) continue;
    fmt::print("{} {}: {} samples judged again, {} differences\n", result.run, result.suite,
               result.samples, result.differences.size());
    for (size_t i = 0; i < std::min(kListed, result.differences.size()); ++i)
      fmt::print("  {}\n", terminal::clean(result.differences[i]));
  }
  return document;
}

}  // namespace

std::shared_ptr<StoredOptions> add_stored_options(CLI::App& app) {
  auto options = std::make_shared<StoredOptions>();
  app.add_option("--rescore", options->rescore,
                 "judge the stored responses of TARGET (a run or system) by these verifiers too")
      ->delimiter(',')
      ->group(kGroup);
  app.add_flag("--recheck", options->recheck,
               "judge the stored responses of TARGET again and require what is stored")
      ->group(kGroup);
  app.add_option("--lm-eval", options->lm_eval,
                 "write the stored evaluation TARGET into this folder as lm-eval would")
      ->group(kGroup);
  return options;
}

void evaluate_stored(const StoredOptions& options, const std::string& target,
                     const std::vector<std::string>& suites, const Globals& globals) {
  if (target.empty())
    throw UserError(
        "evaluate: required a stored evaluation for --rescore, --recheck or --lm-eval, none came; "
        "see rlreason runs");
  store::Store store = store::Store::open(globals.store);
  const auto evaluations = sweep::stored_evaluations(store, target, suites);
  json document = json::object();
  size_t differences = 0;
  if (options.recheck) document["recheck"] = recheck(evaluations, globals, differences);
  if (!options.rescore.empty()) document["rescore"] = rescore(options, evaluations, store, globals);
  if (!options.lm_eval.empty())
    for (const auto& file : sweep::write_lm_eval(evaluations, options.lm_eval, process::now_ms())) {
      document["lm_eval"].push_back(file.string());
      if (!globals.json) fmt::print("{}\n", file.string());
    }
  if (globals.json)
    fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
  if (differences > 0)
    throw DataError(
        "{}: required stored numbers that come out again, {} differ; the verifier has changed or "
        "the run is damaged",
        target, differences);
}

}  // namespace rlreason::cli
