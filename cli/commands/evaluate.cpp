// rlreason evaluate CHECKPOINT|RUN: sample suites, store the facts, print metrics with intervals from them.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands/evaluate_responses.h"
#include "core/error.h"
#include "core/store/store.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "evaluators/intervals.h"
#include "evaluators/metrics.h"
#include "sweeps/launch.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::string target;
  train::EvaluateRequest request;
  int64_t samples = 0;
  std::string setting = "tiny";
  bool resume = true;
};

// k = 1, 2, 4, … up to the samples of every item.
std::vector<int64_t> ks_of(int64_t samples) {
  std::vector<int64_t> ks;
  for (int64_t k = 1; k <= samples; k *= 2) ks.push_back(k);
  if (ks.empty() || ks.back() != samples) ks.push_back(samples);
  return ks;
}

nlohmann::json suite_json(const store::EvalFacts& facts) {
  const std::vector<eval::ItemResults> items = eval::item_results(facts);
  const eval::SampleRates rates = eval::sample_rates(items);
  const eval::Interval interval = eval::mean_interval(items);
  nlohmann::json json = {{"suite", facts.row.key.suite},
                         {"items", rates.items},
                         {"samples", rates.min_samples},
                         {"mean_at_k", interval.value},
                         {"low", interval.low},
                         {"high", interval.high},
                         {"standard_error", interval.standard_error},
                         {"extraction_rate", rates.extraction_rate},
                         {"truncation_rate", rates.truncation_rate},
                         {"unscored", rates.unscored},
                         {"mean_length", rates.mean_length},
                         {"pass_at_k", nlohmann::json::object()},
                         {"probes", facts.row.probes}};
  for (const int64_t k : ks_of(rates.min_samples))
    json["pass_at_k"][std::to_string(k)] = eval::pass_at_k(items, k);
  return json;
}

void print_table(const nlohmann::json& suites) {
  terminal::Table table({{"suite"},
                         {"items"},
                         {"samples"},
                         {"avg@k"},
                         {"95 % interval"},
                         {"pass@k"},
                         {"extracted"},
                         {"truncated"},
                         {"length"}});
  for (const auto& suite : suites) {
    const int64_t k = suite.at("samples");
    table.add(
        {suite.at("suite"), std::to_string(suite.at("items").get<int64_t>()), std::to_string(k),
         fmt::format("{:.3f}", suite.at("mean_at_k").get<double>()),
         fmt::format("{:.3f} to {:.3f}", suite.at("low").get<double>(),
                     suite.at("high").get<double>()),
         fmt::format("{:.3f} (k={})", suite.at("pass_at_k").at(std::to_string(k)).get<double>(), k),
         fmt::format("{:.2f}", suite.at("extraction_rate").get<double>()),
         fmt::format("{:.2f}", suite.at("truncation_rate").get<double>()),
         fmt::format("{:.1f}", suite.at("mean_length").get<double>())});
  }
  fmt::print("{}", table.text());
}

// One line, "probes: ledger_hard first_token_mass 0.0005, ..."; empty without a probe.
std::string probes_line(const std::vector<store::EvalFacts>& all) {
  std::string line;
  for (const store::EvalFacts& facts : all)
    for (const auto& [name, value] : facts.row.probes)
      line += fmt::format("{}{} {} {}", line.empty() ? "probes: " : ", ", facts.row.key.suite, name,
                          terminal::format_number(value));
  return line.empty() ? "" : terminal::clean(line) + "\n";
}

// A run of the store by name or prefix, else a folder.
std::string target_folder(const std::string& target, const store::Store& store,
                          const Globals& globals) {
  for (const std::filesystem::path& folder :
       {std::filesystem::path(target), globals.runs_dir / target})
    if (std::filesystem::exists(folder)) return folder.string();
  return store.find_run(target).directory;
}

void require_target(const Options& options) {
  if (options.target.empty() || options.request.suites.empty())
    throw UserError(
        "evaluate: required a checkpoint and --suite NAME, {} is missing; see 'rlreason evaluate "
        "--help'",
        options.target.empty() ? "the checkpoint" : "--suite");
}

void run(Options options, const Globals& globals) {
  if (options.samples > 0) options.request.samples = options.samples;
  store::Store store = store::Store::open(globals.store);
  train::Graph graph;
  const size_t node = train::resolve_evaluate_checkpoint(
      graph, target_folder(options.target, store, globals), options.request);
  sweep::LaunchOptions launch;
  launch.runs_dir = globals.runs_dir;
  launch.store = &store;
  launch.resume = options.resume;
  const sweep::RunOutcome outcome = sweep::run_node(graph, node, launch);
  sweep::throw_unless_done(outcome);
  nlohmann::json suites = nlohmann::json::array();
  const std::vector<store::EvalFacts> all =
      store.all_facts(store.find_run(outcome.directory.filename().string()).uid);
  for (const store::EvalFacts& facts : all) suites.push_back(suite_json(facts));
  if (globals.json)
    return fmt::print(
        "{}\n",
        nlohmann::json({{"run_dir", outcome.directory.string()}, {"suites", suites}}).dump(2));
  print_table(suites);
  fmt::print("{}", probes_line(all));
  fmt::print("\nfacts of every sample: rlreason show {}\n", outcome.directory.filename().string());
}

const Register kEntry{
    "evaluate", "sample suites with a checkpoint and print metrics with intervals",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("TARGET", options->target,
                     "a checkpoint folder, a run directory, or a run's name in the store");
      app.add_option("--suite", options->request.suites,
                     "suites by name ('rlreason describe suites') or YAML file");
      app.add_option("--samples", options->samples, "samples per item; 0: each suite's own")
          ->check(CLI::Range(0, 65536));
      app.add_option("--set", options->request.sets,
                     "change a value of every suite: temperature=1.0");
      app.add_option("--seed", options->request.seed, "seed of the sampling keys");
      const auto responses = add_responses_options(app);
      return [options, responses, &globals] {
        if (responses->chosen())
          return evaluate_responses(*responses, options->target, options->request.suites, globals);
        require_target(*options);
        run(*options, globals);
      };
    }};

}  // namespace
}  // namespace rlreason::cli
