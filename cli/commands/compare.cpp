// rlreason compare [table] PLAN|RUN...: methods x suites from stored facts, paired differences, one paragraph in words.
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "core/embedded.h"
#include "core/store/store.h"
#include "sweeps/compare/render.h"
#include "sweeps/compare/rules.h"
#include "sweeps/compare/systems.h"
#include "sweeps/compare/systems_render.h"
#include "sweeps/experiment.h"
#include "sweeps/plan.h"

namespace rlreason::cli {
namespace {

struct Options {
  std::vector<std::string> what;
  std::string baseline;
  std::vector<std::string> suites, allow, allow_diff;
  std::string compute_match;
  std::optional<double> equivalence, minimum_effect;
  std::string over = "auto";
  int64_t discordant = 0;
  std::string curve = "rollout/reward", axis = "train/tokens", takeoff;
  bool markdown = false;
};

bool is_plan(const std::string& text) {
  if (text.ends_with(".yaml") || text.ends_with(".yml")) return true;
  return embedded_file("sweeps/examples/" + text + ".yaml").has_value();
}

sweep::ComparisonInput read(const store::Store& store, const std::vector<std::string>& what,
                            const Options& options) {
  sweep::CurveRequest curve;
  curve.metric = options.curve;
  curve.axis = options.axis;
  if (!is_plan(what.front()))
    return sweep::read_runs(store, what, sweep::parse_takeoff(options.takeoff, curve));
  if (what.size() > 1)
    throw UserError(
        "compare: required one plan or any number of runs, {} words came with the plan '{}'",
        what.size(), what.front());
  const sweep::Plan plan = sweep::load_plan(what.front());
  return sweep::read_plan(
      store, sweep::expand(plan),
      sweep::parse_takeoff(options.takeoff.empty() ? plan.takeoff : options.takeoff, curve));
}

// Over items: asked for, or one of the names is a system of responses made elsewhere.
bool over_items(const store::Store& store, const std::vector<std::string>& what,
                const Options& options) {
  if (is_plan(what.front()) || options.over == "seeds") return false;
  if (options.over == "items") return true;
  for (const std::string& name : what)
    if (sweep::is_system(store, name)) return true;
  return false;
}

std::string allowed_rules() {
  return fmt::format("{}", fmt::join(sweep::rule_names(), ", "));
}

template <class Comparison>
void print(const Comparison& comparison, const Options& options, const Globals& globals) {
  if (globals.json)
    fmt::print(
        "{}\n",
        sweep::to_json(comparison).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    fmt::print("{}", sweep::render(comparison, options.markdown ? sweep::Layout::markdown
                                                                : sweep::Layout::terminal));
}

void run(const Options& options, const Globals& globals) {
  std::vector<std::string> what = options.what;
  if (what.front() == "table") what.erase(what.begin());
  if (what.empty())
    throw UserError(
        "compare table: required a plan or runs, none came; see 'rlreason compare --help'");
  sweep::ingest_runs(globals.store, globals.runs_dir);
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  const std::set<std::string> allow{options.allow.begin(), options.allow.end()};
  if (over_items(store, what, options))
    return print(sweep::compare_systems(store, what,
                                        {.baseline = options.baseline,
                                         .suites = options.suites,
                                         .allow = allow,
                                         .texts = options.discordant}),
                 options, globals);
  sweep::CompareOptions how;
  how.baseline = options.baseline;
  how.suites = options.suites;
  how.allow = allow;
  how.equivalence = options.equivalence;
  sweep::ComparisonInput input = read(store, what, options);
  if (!options.compute_match.empty()) input.compute_match = options.compute_match;
  if (options.minimum_effect) input.minimum_effect = options.minimum_effect;
  for (const std::string& path : options.allow_diff) input.allow_diff.push_back(path);
  print(sweep::compare(input, how), options, globals);
}

const Register kEntry{
    "compare", "methods x suites from stored facts, with intervals and paired differences",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("PLAN|RUN|SYSTEM", options->what,
                     "a plan (file or built-in name), runs, or systems whose responses were "
                     "graded; 'table' may stand before")
          ->required();
      app.add_option("--baseline", options->baseline,
                     "label of the row to compare with; default: the plan's");
      app.add_option("--suites", options->suites,
                     "only these columns: SUITE, SUITE@K or SUITE:FLAG")
          ->delimiter(',');
      app.add_option("--allow", options->allow,
                     "show although refused, with numbered notes: " + allowed_rules())
          ->delimiter(',');
      app.add_option("--allow-diff", options->allow_diff,
                     "configuration paths in which rows may differ undeclared; * stands for any text")
          ->delimiter(',');
      app.add_option("--compute-match", options->compute_match,
                     "refuse rows whose cost differs by more than 2 %; default: the plan's, else none")
          ->check(CLI::IsMember({"none", "iterations", "tokens", "seconds"}));
      app.add_option("--minimum-effect", options->minimum_effect,
                     "difference of the primary metric that matters; default: the plan's, else the "
                     "detectable one")
          ->check(CLI::PositiveNumber);
      app.add_option("--equivalence", options->equivalence,
                     "test whether a row is within this margin of the baseline (two one-sided t tests)")
          ->check(CLI::PositiveNumber);
      app.add_option(
             "--over", options->over,
             "the unit: seeds (methods) or items (systems); auto takes items when one is a system")
          ->check(CLI::IsMember({"auto", "seeds", "items"}));
      app.add_option("--discordant", options->discordant,
                     "over items: show the responses of so many items on which a pair differs")
          ->check(CLI::Range(int64_t{0}, int64_t{100000}));
      app.add_option("--curve", options->curve, "metric of the learning curves");
      app.add_option("--axis", options->axis,
                     "metric they are drawn against; iterations where a run lacks it");
      app.add_option("--takeoff", options->takeoff,
                     "METRIC:THRESHOLD: report the first iteration above it");
      app.add_flag("--markdown", options->markdown, "tables in Markdown");
      return [options, &globals] { run(*options, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
