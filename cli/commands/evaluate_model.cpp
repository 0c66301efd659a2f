#include "cli/commands/evaluate_model.h"

#include <fmt/core.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/process/publish.h"
#include "core/process/signals.h"
#include "core/store/store.h"
#include "core/terminal/sparkline.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "evaluators/choice_report.h"
#include "evaluators/intervals.h"
#include "evaluators/metrics.h"
#include "evaluators/suite_group.h"
#include "sweeps/launch.h"
#include "sweeps/live.h"
#include "sweeps/set_aside.h"
#include "sweeps/top_up.h"

namespace rlreason::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// k = 1, 2, 4, … up to the samples of every item.
std::vector<int64_t> ks_of(int64_t samples) {
  std::vector<int64_t> ks;
  for (int64_t k = 1; k <= samples; k *= 2) ks.push_back(k);
  if (ks.empty() || ks.back() != samples) ks.push_back(samples);
  return ks;
}

json suite_json(const store::EvalFacts& facts) {
  const std::vector<eval::ItemResults> items = eval::item_results(facts);
  const eval::SampleRates rates = eval::sample_rates(items);
  const eval::Interval interval = eval::mean_interval(items);
  json out = {{"suite", facts.row.key.suite},
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
              {"pass_at_k", json::object()},
              {"probes", facts.row.probes}};
  for (const int64_t k : ks_of(rates.min_samples))
    out["pass_at_k"][std::to_string(k)] = eval::pass_at_k(items, k);
  if (const eval::ChoiceReport choice = eval::choice_report(facts); choice.any())
    out["choice"] = eval::to_json(choice);
  return out;
}

// The mean of the suites with its standard error, for each group that was asked for and for all of them together.
json macro_json(const std::vector<std::string>& asked, const json& suites) {
  std::map<std::string, json> by_name;
  for (const json& suite : suites) by_name[suite.at("suite")] = suite;
  json rows = json::array();
  const auto add = [&](const std::string& name, const std::vector<std::string>& members) {
    double sum = 0, squares = 0;
    int64_t n = 0;
    for (const std::string& member : members) {
      const auto it = by_name.find(member);
      if (it == by_name.end()) return;
      sum += it->second.at("mean_at_k").get<double>();
      squares += std::pow(it->second.at("standard_error").get<double>(), 2);
      ++n;
    }
    if (n < 2) return;
    rows.push_back({{"group", name},
                    {"suites", n},
                    {"mean", sum / static_cast<double>(n)},
                    {"standard_error", std::sqrt(squares) / static_cast<double>(n)}});
  };
  const std::vector<std::string> groups = eval::suite_group_names();
  for (const std::string& name : asked)
    if (std::find(groups.begin(), groups.end(), name) != groups.end())
      add(name, eval::load_suite_group(name).suites);
  std::vector<std::string> all;
  for (const json& suite : suites) all.push_back(suite.at("suite"));
  if (rows.size() != 1 || rows[0].at("suites") != all.size()) add("all", all);
  return rows;
}

std::string number(const json& value, int digits) {
  return fmt::format("{:.{}f}", value.get<double>(), digits);
}

void print_table(const json& suites) {
  terminal::Table table({{"suite"},
                         {"items"},
                         {"samples"},
                         {"avg@k"},
                         {"95 % interval"},
                         {"pass@k"},
                         {"extracted"},
                         {"truncated"},
                         {"length"}});
  for (const json& suite : suites) {
    const int64_t k = suite.at("samples");
    table.add({suite.at("suite"), std::to_string(suite.at("items").get<int64_t>()),
               std::to_string(k), number(suite.at("mean_at_k"), 3),
               number(suite.at("low"), 3) + " to " + number(suite.at("high"), 3),
               fmt::format("{} (k={})", number(suite.at("pass_at_k").at(std::to_string(k)), 3), k),
               number(suite.at("extraction_rate"), 2), number(suite.at("truncation_rate"), 2),
               number(suite.at("mean_length"), 1)});
  }
  fmt::print("{}", table.text());
}

void print_macro(const json& macro) {
  for (const json& row : macro)
    fmt::print("mean of {} suites ({}): {:.3f} ± {:.3f} standard error\n",
               row.at("suites").get<int64_t>(), terminal::clean(row.at("group").get<std::string>()),
               row.at("mean").get<double>(), row.at("standard_error").get<double>());
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
fs::path target_folder(const std::string& target, const store::Store& store,
                       const Globals& globals) {
  for (const fs::path& folder : {fs::path(target), globals.runs_dir / target})
    if (fs::exists(folder)) return folder;
  return store.find_run(target).directory;
}

// What evaluating one checkpoint needs and what it left.
class Evaluator {
 public:
  Evaluator(const ModelEvaluation& asked, const Globals& globals, store::Store& store)
      : asked_(asked), globals_(globals), store_(store), line_(!globals.quiet) {}

  sweep::RunOutcome run(const fs::path& checkpoint) {
    train::Graph graph;
    const size_t node =
        train::resolve_evaluate_checkpoint(graph, checkpoint.string(), asked_.request);
    sweep::LaunchOptions launch;
    launch.runs_dir = globals_.runs_dir;
    launch.store = &store_;
    launch.resume = true;
    launch.on_step = [this](const train::RunSpec& spec, const sweep::LiveStep& step) {
      line_.show(spec, step);
    };
    sweep::PoolOptions where;
    where.launch = launch;
    const std::string moved = sweep::settle(graph, where, asked_.redo_invalid, store_).words();
    if (!globals_.quiet) fmt::print(stderr, "{}", moved);
    if (asked_.top_up > 0) launch.inherit = sweep::earlier_evaluations(store_, graph, node, launch);
    sweep::RunOutcome outcome = sweep::run_node(graph, node, launch);
    line_.finish();
    if (outcome.state == sweep::RunState::preempted)
      throw PreemptedError("{}; what was sampled is kept: the same command goes on",
                           outcome.sentence);
    sweep::throw_unless_done(outcome);
    return outcome;
  }

  // In the order of the suites that were asked for.
  std::vector<store::EvalFacts> facts(const sweep::RunOutcome& outcome) const {
    std::vector<store::EvalFacts> found =
        store_.all_facts(store_.find_run(outcome.directory.string()).uid);
    const std::vector<std::string> order = eval::expand_suites(asked_.asked);
    const auto place = [&](const store::EvalFacts& facts) {
      return std::find(order.begin(), order.end(), facts.row.key.suite) - order.begin();
    };
    std::stable_sort(found.begin(), found.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return found;
  }

 private:
  const ModelEvaluation& asked_;
  const Globals& globals_;
  store::Store& store_;
  sweep::LiveLine line_;
};

void evaluate_one(const ModelEvaluation& asked, const Globals& globals, store::Store& store) {
  Evaluator evaluator(asked, globals, store);
  const sweep::RunOutcome outcome = evaluator.run(target_folder(asked.target, store, globals));
  const std::vector<store::EvalFacts> all = evaluator.facts(outcome);
  json suites = json::array();
  for (const store::EvalFacts& facts : all) suites.push_back(suite_json(facts));
  const json macro = macro_json(asked.asked, suites);
  if (globals.json)
    return fmt::print(
        "{}\n",
        json({{"run_dir", outcome.directory.string()}, {"suites", suites}, {"macro", macro}})
            .dump(2));
  print_table(suites);
  print_macro(macro);
  for (const store::EvalFacts& facts : all)
    if (const eval::ChoiceReport choice = eval::choice_report(facts); choice.any())
      fmt::print("{}", terminal::clean(eval::text_of(facts.row.key.suite, choice)));
  fmt::print("{}", probes_line(all));
  fmt::print("\nfacts of every sample: rlreason show {}\n", outcome.directory.filename().string());
}

// Kept checkpoints by iteration: published folders whose manifest is complete.
std::map<int64_t, fs::path> kept_checkpoints(const fs::path& run) {
  std::map<int64_t, fs::path> kept;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", error)) {
    const std::string name = entry.path().filename().string();
    constexpr std::string_view kPrefix = "step-";
    const bool numbered = name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
                          name.find_first_not_of("0123456789", kPrefix.size()) == std::string::npos;
    if (numbered && fs::exists(entry.path() / "manifest.json"))
      kept[std::stoll(name.substr(kPrefix.size()))] = entry.path();
  }
  if (kept.empty())
    throw DataError(
        "{}: required a run with kept checkpoints, found none in it; name the directory of a "
        "training, or evaluate a checkpoint without --every-checkpoint",
        run.string());
  return kept;
}

void print_curves(const json& points) {
  terminal::Table table({{"iteration", terminal::Align::right},
                         {"suite"},
                         {"avg@k", terminal::Align::right},
                         {"95 % interval"},
                         {"pass@k"}});
  std::map<std::string, std::vector<double>> curves;
  std::vector<std::string> order;
  for (const json& point : points)
    for (const json& suite : point.at("suites")) {
      const std::string name = suite.at("suite");
      const std::string k = std::to_string(suite.at("samples").get<int64_t>());
      if (!curves.contains(name)) order.push_back(name);
      curves[name].push_back(suite.at("mean_at_k"));
      table.add({std::to_string(point.at("iteration").get<int64_t>()), name,
                 number(suite.at("mean_at_k"), 3),
                 number(suite.at("low"), 3) + " to " + number(suite.at("high"), 3),
                 fmt::format("{} (k={})", number(suite.at("pass_at_k").at(k), 3), k)});
    }
  fmt::print("{}\n", table.text());
  for (const std::string& name : order) {
    const std::vector<double>& values = curves.at(name);
    fmt::print("{}  {}  {:.3f} -> {:.3f}\n", terminal::clean(name),
               terminal::sparkline(values, 40, std::pair(0.0, 1.0)), values.front(), values.back());
  }
}

void evaluate_every(const ModelEvaluation& asked, const Globals& globals, store::Store& store) {
  const fs::path run = target_folder(asked.target, store, globals);
  Evaluator evaluator(asked, globals, store);
  json points = json::array();
  for (const auto& [iteration, checkpoint] : kept_checkpoints(run)) {
    const sweep::RunOutcome outcome = evaluator.run(checkpoint);
    json point = {{"iteration", iteration},
                  {"run_dir", outcome.directory.string()},
                  {"suites", json::array()}};
    for (const store::EvalFacts& facts : evaluator.facts(outcome))
      point["suites"].push_back(suite_json(facts));
    points.push_back(std::move(point));
  }
  if (globals.json)
    return fmt::print("{}\n", json({{"run", run.string()}, {"checkpoints", points}}).dump(2));
  print_curves(points);
}

}  // namespace

void evaluate_model(ModelEvaluation asked, const Globals& globals) {
  if (asked.samples > 0 && asked.top_up > 0)
    throw UserError(
        "evaluate: required one of --samples and --top-up, both came; --top-up N alone "
        "says how many samples an item shall have");
  if (asked.samples + asked.top_up > 0) asked.request.samples = asked.samples + asked.top_up;
  asked.asked = asked.request.suites;
  process::install_stop_signals();  // passed on to the engine, which keeps what is sampled
  store::Store store = store::Store::open(globals.store);
  if (asked.every_checkpoint)
    evaluate_every(asked, globals, store);
  else
    evaluate_one(asked, globals, store);
}

}  // namespace rlreason::cli
