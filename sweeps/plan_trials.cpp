#include "sweeps/plan_trials.h"

#include <algorithm>

#include "core/config/describe.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/store/trials.h"
#include "sweeps/compare/metric.h"
#include "sweeps/plan_axes.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

// The recipe's own row: the first that is no base.
const PlanCell& recipe_cell(const ExpandedPlan& plan) {
  const std::string& label = plan.plan.recipes.front().label;
  return *std::find_if(plan.cells.begin(), plan.cells.end(),
                       [&](const PlanCell& cell) { return cell.row == label; });
}

std::string digest_of(const ExpandedPlan& plan) {
  json search = config::to_json(*plan.plan.search);
  search.erase("trials");
  const json all = {{"search", search},
                    {"recipe", plan.graph.specs[recipe_cell(plan).train_node].identity},
                    {"seeds", plan.plan.seeds},
                    {"primary", plan.plan.search->metric.empty() ? plan.identity : ""}};
  return sha256(all.dump()).substr(0, 16);
}

int64_t iterations_of(const ExpandedPlan& plan) {
  return plan.graph.specs[recipe_cell(plan).train_node]
      .config.at(json::json_pointer("/update/iterations"))
      .get<int64_t>();
}

// A suite to halve by has to be evaluated in time.
void check_metric(const ExpandedPlan& plan, const SearchView& view) {
  if (!view.search.halving || view.search.metric.find('/') != std::string::npos) return;
  const json& config = plan.graph.specs[recipe_cell(plan).train_node].config;
  const std::string suite = parse_metric(view.search.metric, "search.metric").suite;
  const auto every = config.at(json::json_pointer("/eval/every")).get<int64_t>();
  const auto suites = config.at(json::json_pointer("/eval/suites")).get<std::vector<std::string>>();
  if (std::find(suites.begin(), suites.end(), suite) == suites.end() || every == 0)
    throw UserError(
        "{}: search.metric: required a suite that is evaluated while training, '{}' came; add "
        "train_set: [\"eval.suites=[{}]\", eval.every={}]",
        plan.plan.file.string(), suite, suite, view.rungs.front());
  if (every > view.rungs.front())
    throw UserError(
        "{}: search.metric: required an evaluation by the first rung (iteration {}), eval.every is "
        "{}",
        plan.plan.file.string(), view.rungs.front(), every);
}

Trial trial_of(const store::TrialRow& row) {
  Trial trial;
  trial.unit = row.point.at("unit").get<UnitPoint>();
  trial.values = row.point.at("values");
  trial.sampler_state = row.sampler_state;
  trial.failed = row.state == "failed";
  for (const store::RungValue& rung : row.rungs) {
    trial.by_rung.resize(std::max(trial.by_rung.size(), static_cast<size_t>(rung.rung) + 1));
    trial.by_rung[static_cast<size_t>(rung.rung)] = rung.value;
  }
  return trial;
}

store::TrialRow row_of(const SearchView& view, size_t number) {
  const Trial& trial = view.trials[number];
  store::TrialRow row{.n = static_cast<int64_t>(number),
                      .sampler = view.search.method,
                      .sampler_state = trial.sampler_state,
                      .point = {{"unit", trial.unit}, {"values", trial.values}},
                      .rung = static_cast<int64_t>(view.entered[number]),
                      .state = to_string(view.states[number])};
  row.sampler_state["search"] = view.digest;
  for (size_t rung = 0; rung < trial.by_rung.size(); ++rung) {
    row.rungs.push_back({.rung = static_cast<int64_t>(rung),
                         .budget = view.rungs[rung],
                         .value = trial.by_rung[rung]});
    row.objective = trial.by_rung[rung];
  }
  return row;
}

SearchView view_of(const ExpandedPlan& plan, const store::Store* store) {
  SearchView view;
  view.search = *plan.plan.search;
  view.space = parse_space(view.search.space, "search.space");
  view.rungs = rungs_of(view.search, iterations_of(plan));
  check_metric(plan, view);
  view.digest = digest_of(plan);
  if (store != nullptr) view.trials = stored_trials(*store, plan.plan.name, view.digest);
  const auto known = static_cast<int64_t>(view.trials.size());
  if (known > view.search.trials)
    view.search.trials = known;  // a smaller number takes nothing back
  const bool through = std::all_of(view.trials.begin(), view.trials.end(), [](const Trial& trial) {
    return trial.failed || trial.has_value(0);
  });
  if (known > 0 && through && suggest(view.search, view.space, view.trials).empty())
    view.search.trials = known;
  view.entered = entered_rungs(view.search, view.rungs.size(), view.trials);
  view.states = trial_states(view.search, view.rungs.size(), view.trials);
  return view;
}

// Trainings of trials that are not on their last rung end at their rung.
void set_pauses(ExpandedPlan& plan, const SearchView& view) {
  for (const PlanRow& row : plan.plan.recipes) {
    if (!row.trial || view.states[*row.trial] != TrialState::running) continue;
    const size_t rung = view.entered[*row.trial];
    if (rung + 1 == view.rungs.size()) continue;
    for (const PlanCell& cell : plan.cells)
      if (cell.row == row.label) plan.graph.specs[cell.train_node].pause_at = view.rungs[rung];
  }
}

std::string summary(const SearchView& view) {
  size_t counts[4] = {};
  for (const TrialState state : view.states) ++counts[static_cast<size_t>(state)];
  const auto of = [&](TrialState state) { return counts[static_cast<size_t>(state)]; };
  return fmt::format(
      "search by {} ({}): {} of {} trials tried, {} ended at their last rung, {} left behind, {} "
      "failed; the best of many looks better than it is: confirm it with other seeds",
      view.search.metric.empty() ? "the primary metric" : view.search.metric, view.search.goal,
      view.trials.size(), view.search.trials, of(TrialState::done), of(TrialState::pruned),
      of(TrialState::failed));
}

}  // namespace

std::string to_string(TrialState state) {
  constexpr const char* kNames[] = {"running", "done", "pruned", "failed"};
  return kNames[static_cast<size_t>(state)];
}

bool has_row(TrialState state) { return state == TrialState::running || state == TrialState::done; }

std::vector<Trial> stored_trials(const store::Store& store, const std::string& experiment,
                                 const std::string& digest) {
  std::vector<Trial> trials;
  if (!store::has_experiment(store, experiment)) return trials;
  for (const store::TrialRow& row : store::trials(store, experiment)) {
    if (row.sampler_state.value("search", "") != digest)
      throw RefusedError(
          "{}: required a search of its own, the store has trials of another one under this name "
          "(another space, method, metric, recipe or other seeds); give the plan another name",
          experiment);
    trials.push_back(trial_of(row));
  }
  return trials;
}

void store_trials(store::Store& store, const std::string& experiment, const SearchView& view,
                  size_t first) {
  const size_t known = store::trials(store, experiment).size();
  for (size_t i = first; i < view.trials.size(); ++i) {
    const store::TrialRow row = row_of(view, i);
    if (i < known)
      store::update_trial(store, experiment, row);
    else
      store::add_trial(store, experiment, row);
  }
}

OpenedPlan open_with_trials(const Plan& plan, const store::Store* store) {
  OpenedPlan opened{expand(plan), {}};
  if (!plan.search) return opened;
  const std::string identity = opened.plan.identity;
  opened.search = view_of(opened.plan, store);
  const SearchView& view = *opened.search;
  Plan with_rows = opened.plan.plan;
  std::vector<std::pair<size_t, json>> rows;
  for (size_t i = 0; i < view.trials.size(); ++i)
    if (has_row(view.states[i])) rows.emplace_back(i, view.trials[i].values);
  add_trial_rows(with_rows, rows);
  with_rows.notes.push_back(summary(view));
  opened.plan = expand(with_rows);
  // One search is one plan, however far it has come.
  opened.plan.identity = sha256(identity + view.digest);
  set_pauses(opened.plan, view);
  return opened;
}

}  // namespace rlreason::sweep
