// Rules about which checkpoint stands for a training, and about trainings that ended early.
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/config/describe.h"
#include "core/error.h"
#include "evaluators/suite.h"
#include "sweeps/compare/rule_pairs.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace {

using store::RunDetail;

// The first suite of a training's `eval`, whose scores choose its best checkpoint: as its configuration names it.
std::string named_suite(const RunDetail& training) {
  const nlohmann::json::json_pointer path("/eval/suites/0");
  return training.config.is_object() && training.config.contains(path) &&
                 training.config[path].is_string()
             ? training.config[path].get<std::string>()
             : "";
}

std::optional<eval::Suite> definition_of(const std::string& named) {
  try {
    return eval::load_suite(named);
  } catch (const Error&) {
    return {};  // a file that is gone
  }
}

std::string choosing_suite(const RunDetail& training) {
  const std::string named = named_suite(training);
  const auto definition = definition_of(named);
  return definition ? definition->name : std::filesystem::path(named).stem().string();
}

// How the evaluated checkpoint was chosen: "last", "best by SUITE", or which other it is; "" where that is not known.
struct Choice {
  std::string words;
  std::string suite;  // that chose it; "" when none did
};

Choice choice_of(const CellFacts& cell) {
  if (!cell.trained || cell.suites.empty() || cell.trained->checkpoints.empty()) return {};
  const std::string path = cell.suites.begin()->second.row.key.checkpoint;
  const store::CheckpointRow* chosen = nullptr;
  int64_t newest = 0, best = -1;
  for (const store::CheckpointRow& checkpoint : cell.trained->checkpoints) {
    newest = std::max(newest, checkpoint.iteration);
    if (checkpoint.kept_because == "best") best = std::max(best, checkpoint.iteration);
    if (path.ends_with(checkpoint.path)) chosen = &checkpoint;
  }
  if (chosen == nullptr) return {};
  // Where the last one is also the best, the training's own rule says which of the two it was taken for.
  const bool as_best =
      chosen->iteration == best && (best != newest || selects_best(cell.trained->config));
  if (as_best) {
    const std::string suite = choosing_suite(*cell.trained);
    return {suite.empty() ? "best" : "best by " + suite, suite};
  }
  if (chosen->iteration == newest) return {"last", ""};
  return {chosen->kept_because == "every"
              ? fmt::format("iteration {} of {}", chosen->iteration, newest)
              : chosen->kept_because,
          ""};
}

std::string mend_unequal(const RuleContext& context, const RulePair& pair) {
  if (selects_best(pair.mine->trained->config) == selects_best(pair.baseline->trained->config))
    return "evaluate the checkpoint of both that checkpoint.select names: rlreason evaluate RUN";
  return "choose alike, select: last (or best) in the plan, then " + context.input.fill_command;
}

// The items of a suite by what makes them: two names over one of these are one benchmark.
nlohmann::json items_of(const nlohmann::json& suite) {
  const auto value = [&](const char* key) { return suite.value(key, nlohmann::json()); };
  if (value("task").is_string() && value("task") != "")
    return {value("task"), value("settings"), value("seed")};
  return value("dataset") == "" ? nlohmann::json() : value("dataset");
}

// Of the suites that the table shows, the one whose items chose the cell's checkpoint; "" when none did.
std::string shown_chooser(const CellFacts& cell, const std::string& chooser,
                          const std::vector<std::string>& shown) {
  if (chooser.empty()) return "";
  if (std::find(shown.begin(), shown.end(), chooser) != shown.end()) return chooser;
  const auto definition = definition_of(named_suite(*cell.trained));
  const nlohmann::json::json_pointer path("/suites");
  if (!definition || !cell.evaluated || !cell.evaluated->config.contains(path)) return "";
  const nlohmann::json items = items_of(config::to_json(*definition));
  for (const nlohmann::json& suite : cell.evaluated->config[path])
    if (const std::string name = suite.value("name", "");
        !items.is_null() && items_of(suite) == items &&
        std::find(shown.begin(), shown.end(), name) != shown.end())
      return name;
  return "";
}

// The checkpoint that scores best on a benchmark looks better on it than it is.
void find_chosen_by_shown(const RuleContext& context, Findings& found) {
  const std::vector<std::string> shown = context.suites();
  for (const CellFacts& cell : context.input.cells) {
    const std::string suite = shown_chooser(cell, choice_of(cell).suite, shown);
    if (suite.empty()) continue;
    found.push_back(
        {.rule = "selection",
         .row = cell.row,
         .seed = cell.seed,
         .sentence = fmt::format(
             "its checkpoint was chosen by its score on {}, which this table shows", suite),
         .mend = fmt::format("choose by a validation suite (train_set: ['eval.suites=[OTHER]']), or "
                             "take the last one (select: last), then {}",
                             context.input.fill_command)});
  }
}

}  // namespace

Findings find_unequal_selection(const RuleContext& context) {
  Findings found;
  for (const std::string& row : context.input.rows)
    for (const RulePair& pair : rule_pairs(context, row)) {
      const std::string mine = choice_of(*pair.mine).words,
                        theirs = choice_of(*pair.baseline).words;
      if (row == "base" || mine.empty() || theirs.empty() || mine == theirs) continue;
      found.push_back({.rule = "selection",
                       .row = row,
                       .seed = pair.seed,
                       .sentence = fmt::format("its checkpoint is '{}', that of {} is '{}'", mine,
                                               context.baseline, theirs),
                       .mend = mend_unequal(context, pair)});
    }
  find_chosen_by_shown(context, found);
  return found;
}

Findings find_stopped_early(const RuleContext& context) {
  Findings found;
  for (const std::string& row : context.input.rows) {
    std::vector<std::string> stopped;
    size_t runs = 0;
    for (const CellFacts& cell : context.input.cells) {
      if (cell.row != row || !cell.trained) continue;
      ++runs;
      if (const auto early = stopped_early(*cell.trained))
        stopped.push_back(
            fmt::format("seed {} at iteration {} by {}", cell.seed, early->iteration, early->rule));
    }
    if (!stopped.empty())
      found.push_back({.rule = "stopped",
                       .row = row,
                       .sentence = fmt::format("{} of {} trainings ended early: {}", stopped.size(),
                                               runs, fmt::join(stopped, ", ")),
                       .warns = true});
  }
  return found;
}

}  // namespace rlreason::sweep
