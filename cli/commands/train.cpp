// rlreason train RECIPE: one run and everything it needs (dataset, base), made once and reused by identity.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/config/describe.h"
#include "core/error.h"
#include "core/process/signals.h"
#include "core/store/store.h"
#include "core/terminal/progress.h"
#include "sweeps/launch.h"
#include "sweeps/live.h"
#include "sweeps/set_aside.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::cli {
namespace {

struct Options {
  train::TrainRequest request;
  std::string until;
  std::string run_dir;
  bool resume = false, dry_run = false, redo_invalid = false;
};

// 50, 50iterations, 2e6tokens or 600s: one budget.
void apply_until(const std::string& until, std::vector<std::string>& sets) {
  if (until.empty()) return;
  size_t digits = 0;
  double amount = 0;
  try {
    amount = std::stod(until, &digits);
  } catch (const std::exception&) {
    digits = 0;
  }
  const std::string unit = until.substr(digits);
  if (digits == 0 || !(amount > 0))
    throw UserError(
        "--until {}: required a number with a unit (50iterations, 2e6tokens, 600seconds)", until);
  const auto whole = static_cast<int64_t>(amount);
  if (unit.empty() || unit == "i" || unit == "iterations")
    sets.push_back(fmt::format("update.iterations={}", whole));
  else if (unit == "tokens")
    sets.push_back(fmt::format("update.until_tokens={}", whole));
  else if (unit == "s" || unit == "seconds")
    sets.push_back(fmt::format("update.until_seconds={}", amount));
  else
    throw UserError("--until {}: required iterations, tokens or seconds as unit, '{}' came", until,
                    unit);
}

nlohmann::json plan_json(const train::Graph& graph, const sweep::LaunchOptions& launch,
                         const sweep::Standing& standing) {
  nlohmann::json nodes = nlohmann::json::array();
  for (size_t i = 0; i < graph.specs.size(); ++i) {
    const train::RunSpec& spec = graph.specs[i];
    sweep::LaunchOptions own = launch;
    if (i + 1 < graph.specs.size()) own.run_dir.clear();
    const auto directory = sweep::run_directory(spec, own);
    nodes.push_back({{"recipe", spec.recipe},
                     {"setting", spec.setting},
                     {"seed", spec.seed},
                     {"identity", spec.identity},
                     {"directory", directory.string()},
                     {"done", sweep::is_done(spec, directory)},
                     {"config", spec.config}});
    for (const auto* known : {&standing.invalid, &standing.given})
      if (const auto why = known->find(i); why != known->end())
        nodes.back()["invalid"] = why->second;
  }
  return nodes;
}

void dry_run(const train::Graph& graph, const sweep::LaunchOptions& launch,
             const std::filesystem::path& file, bool json) {
  std::optional<store::Store> store;
  if (std::filesystem::exists(file)) store = store::Store::open(file, store::Mode::read_only);
  const nlohmann::json nodes =
      plan_json(graph, launch, sweep::standing(graph, launch, store ? &*store : nullptr));
  if (json) return fmt::print("{}\n", nodes.dump(2));
  for (const auto& node : nodes)
    fmt::print("{:7} {}{}\n",
               node.contains("invalid")      ? "invalid"
               : node.at("done").get<bool>() ? "reuse"
                                             : "run",
               node.at("directory").get<std::string>(),
               node.contains("invalid") ? ": " + node.at("invalid").get<std::string>() : "");
  fmt::print("\nresolved configuration of the last:\n{}\n", graph.specs.back().config.dump(2));
}

void run(Options options, const Globals& globals) {
  apply_until(options.until, options.request.sets);
  train::Graph graph;
  const size_t node = train::resolve_train(graph, options.request);
  sweep::LaunchOptions launch;
  launch.runs_dir = globals.runs_dir;
  launch.run_dir = options.run_dir;
  launch.resume = options.resume;
  if (options.dry_run) return dry_run(graph, launch, globals.store, globals.json);
  process::install_stop_signals();  // passed on to the engine, which saves what it has
  store::Store store = store::Store::open(globals.store);
  launch.store = &store;
  sweep::PoolOptions where;
  where.launch = launch;
  const std::string moved = sweep::settle(graph, where, options.redo_invalid, store).words();
  if (!globals.quiet) fmt::print(stderr, "{}", moved);
  sweep::LiveLine line(!globals.quiet);
  launch.on_step = [&](const train::RunSpec& spec, const sweep::LiveStep& step) {
    line.show(spec, step);
  };
  const sweep::RunOutcome outcome = sweep::run_with_needs(graph, node, launch);
  line.finish();
  sweep::throw_unless_done(outcome);
  const std::string state = outcome.state == sweep::RunState::reused ? "reused" : "done";
  if (globals.json)
    fmt::print("{}\n", nlohmann::json({{"state", state},
                                       {"run_dir", outcome.directory.string()},
                                       {"identity", graph.specs[node].identity},
                                       {"reason", outcome.sentence},
                                       {"seconds", outcome.seconds}})
                           .dump());
  else
    fmt::print("{} {} in {:.1f} s{}; next: rlreason show {}\n", state, outcome.directory.string(),
               outcome.seconds, outcome.sentence.empty() ? "" : ", " + outcome.sentence,
               outcome.directory.filename().string());
}

const Register kEntry{
    "train", "train one recipe in one setting, with everything it needs",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("RECIPE", options->request.recipe,
                     "a recipe's name ('rlreason describe recipes') or a YAML file")
          ->required();
      app.add_option("--setting", options->request.setting,
                     "a setting's name ('rlreason describe settings') or a YAML file");
      app.add_option("--seed", options->request.seed,
                     "random seed of data order, prompts and sampling");
      app.add_option("--set", options->request.sets,
                     "change a value: a.b=c ('rlreason describe settings.reference' lists all)");
      app.add_option("--init", options->request.init,
                     "a checkpoint folder or a run directory in place of the setting's");
      app.add_option("--until", options->until, "budget: 50iterations, 2e6tokens or 600seconds");
      app.add_option("--run-dir", options->run_dir,
                     "directory of the run; default: made from its identity inside --runs-dir");
      app.add_flag("--resume", options->resume,
                   "go on with an interrupted run; with nothing saved yet, start it");
      app.add_flag(
          "--redo-invalid", options->redo_invalid,
          "move runs that 'compare invalidate' declared wrong, and what is made from them, "
          "to the folder .invalid of the runs, and make them again");
      app.add_flag("--dry-run", options->dry_run,
                   "print what would run and the resolved configuration");
      return [options, &globals] { run(*options, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
