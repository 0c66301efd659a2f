// rlreason reproduce PAPER [--row X]: the recipe, setting and suites of a paper's rows, what is missing, what it costs; and run it.
#include "sweeps/reproduce.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "cli/command.h"
#include "core/error.h"
#include "core/process/signals.h"
#include "core/store/store.h"
#include "sweeps/compare/question.h"
#include "sweeps/compare/render.h"
#include "sweeps/experiment.h"
#include "sweeps/pool/local.h"
#include "sweeps/set_aside.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;

struct Options {
  sweep::ReproduceRequest request;
  int64_t slots = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::string> set, allow;
  bool dry_run = false, redo_invalid = false;
};

// The command as it can be pasted, without what only shows.
std::string command_of(const Options& options) {
  const sweep::ReproduceRequest& request = options.request;
  std::string text = "rlreason reproduce " + request.paper;
  if (!request.row.empty()) text += fmt::format(" --row {}", json(request.row).dump());
  if (!request.table.empty()) text += " --table " + request.table;
  text += fmt::format(" --setting {} --seeds {}", request.setting, request.seeds);
  for (const std::string& change : options.set) text += " --set " + change;
  return text;
}

sweep::Reproduction look(const Options& options, const Globals& globals) {
  std::optional<store::Store> store;
  if (std::filesystem::exists(globals.store))
    store.emplace(store::Store::open(globals.store, store::Mode::read_only));
  return sweep::plan_reproduction(options.request, store ? &*store : nullptr);
}

void print(const sweep::Reproduction& reproduction, const Globals& globals) {
  if (globals.json)
    fmt::print("{}\n",
               sweep::to_json(reproduction).dump(2, ' ', false, json::error_handler_t::replace));
  else
    fmt::print("{}", sweep::render(reproduction));
}

// The plan, run on local slots, then its comparison.
void fill(const sweep::Reproduction& reproduction, const Options& options, const Globals& globals) {
  process::install_stop_signals();
  sweep::Question question;
  question.plan_text = reproduction.plan_text;
  question.allow = options.allow;
  question.made_by = command_of(options);
  for (const std::string& change : options.set) {
    if (&change == &options.set.front()) question.plan_text += "train_set:\n";
    question.plan_text += fmt::format("  - {}\n", json(change).dump());
  }
  const sweep::ExpandedPlan plan =
      sweep::expand(sweep::parse_plan(question.plan_text, "reproduce.yaml"));
  question.what = {plan.plan.name + ".yaml"};
  question.plan_origin = question.what.front();
  sweep::PoolOptions pool;
  pool.launch.runs_dir = globals.runs_dir;
  pool.launch.experiment = plan.plan.name;
  pool.slots = options.slots;
  pool.name = plan.plan.name;
  pool.key = plan.plan.name + "-" + plan.identity.substr(0, 8);
  pool.show_progress = !globals.quiet;
  {
    store::Store store = store::Store::open(globals.store);
    pool.launch.store = &store;
    const std::string moved =
        sweep::settle(plan.graph, pool, options.redo_invalid, store, command_of(options)).words();
    if (!globals.quiet) fmt::print(stderr, "{}", moved);
    const sweep::PoolReport report = sweep::run_local(plan.graph, pool);
    sweep::register_experiment(store, plan, report);
    sweep::throw_for(plan.graph, report);
  }
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  const sweep::Answer answer = sweep::answer(store, question, true);
  if (globals.json) {
    json both = sweep::to_json(reproduction);
    both["comparison"] = sweep::to_json(answer.comparison);
    fmt::print("{}\n", both.dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    fmt::print("{}\n{}", sweep::render(reproduction),
               sweep::render(answer.comparison, sweep::Layout::terminal));
  }
}

void run(const Options& options, const Globals& globals) {
  const sweep::Reproduction reproduction = look(options, globals);
  if (options.dry_run) return print(reproduction, globals);
  if (!reproduction.complete() || reproduction.plan_text.empty()) {
    print(reproduction, globals);
    throw RefusedError(
        "reproduce: required everything marked MISSING above; give it, or see the question on a "
        "small track with "
        "--setting tiny");
  }
  fill(reproduction, options, globals);
}

const Register kEntry{
    "reproduce",
    "a paper's rows: recipe, setting, suites and published numbers; what is missing, what it costs",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      sweep::ReproduceRequest& request = options->request;
      app.add_option("PAPER", request.paper,
                     "a built-in paper (see 'rlreason compare published'), or a YAML file")
          ->required();
      app.add_option("--row", request.row, "only this system; default: all")->type_name("SYSTEM");
      app.add_option("--table", request.table, "of the paper's file; default: its first");
      app.add_option(
          "--setting", request.setting,
          "where it runs: a setting's name or file; one that begins with tiny has its own suites");
      app.add_option("--weights", request.weights, "folder of the base model's checkpoint")
          ->type_name("DIR");
      app.add_option("--seeds", request.seeds, "training seeds a row")
          ->check(CLI::Range(int64_t{1}, int64_t{1000}));
      app.add_option("--set", options->set, "a change to every training, a.b=c")
          ->type_name("PATH=VALUE");
      app.add_option("--allow", options->allow,
                     "show the comparison although refused, as in 'rlreason compare'")
          ->delimiter(',');
      app.add_option("--slots", options->slots, "runs at a time")
          ->check(CLI::Range(int64_t{1}, int64_t{1024}));
      app.add_flag(
          "--redo-invalid", options->redo_invalid,
          "move runs that 'compare invalidate' declared wrong, and what is made from them, "
          "to the folder .invalid of the runs, and make them again");
      app.add_flag("--dry-run", options->dry_run, "print what it would be; run nothing");
      return [options, &globals] { run(*options, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
