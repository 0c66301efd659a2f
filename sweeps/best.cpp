#include "sweeps/best.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/terminal/text.h"
#include "evaluators/intervals.h"
#include "sweeps/compare/statistics.h"
#include "sweeps/pool/bundle.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::sweep {
namespace {

std::vector<double> values_of(const Scores& scores, const std::string& row) {
  std::vector<double> values;
  for (const RowScores& own : scores.rows)
    if (own.row == row)
      for (const auto& value : own.by_seed)
        if (value) values.push_back(*value);
  return values;
}

// Lower end of best - other, paired, two-sided at `alpha`; nothing with fewer than two seeds.
std::optional<double> lower_end(const std::vector<double>& best, const std::vector<double>& other,
                                double alpha) {
  if (best.size() < 2 || best.size() != other.size()) return {};
  std::vector<double> differences;
  for (size_t i = 0; i < best.size(); ++i) differences.push_back(best[i] - other[i]);
  return eval::t_interval(differences, 1 - alpha).low;
}

}  // namespace

Best best_of(const Scores& scores, const Plan& plan) {
  Best best;
  for (const RowScores& row : scores.rows) {
    if (row.row == "base") continue;
    const std::vector<double> values = values_of(scores, row.row);
    if (values.size() != plan.seeds.size()) {
      best.incomplete.push_back(row.row);
      continue;
    }
    const MeanInterval mean = mean_interval(values);
    best.ranked.push_back({row.row, mean.mean, mean.half_width});
  }
  if (best.ranked.empty())
    throw RefusedError(
        "{}: required a variant with {} at every seed, none is complete; rlreason sweep run {}",
        plan.name, scores.metric, plan.given);
  std::stable_sort(best.ranked.begin(), best.ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.mean > b.mean; });
  if (best.ranked.size() == 1) {
    best.reading = "the only complete variant";
    return best;
  }
  const double alpha = plan.alpha / static_cast<double>(best.ranked.size() - 1);
  const std::vector<double> first = values_of(scores, best.ranked[0].row);
  std::vector<std::string> close;
  for (size_t i = 1; i < best.ranked.size(); ++i) {
    const auto low = lower_end(first, values_of(scores, best.ranked[i].row), alpha);
    if (!low || *low <= 0) close.push_back(best.ranked[i].row);
  }
  best.carried = close.empty();
  if (first.size() < 2)
    best.reading = "one seed: nothing says that it is better than the others";
  else if (best.carried)
    best.reading = fmt::format(
        "better than every other variant, paired by seed, {:.3g} for all together", plan.alpha);
  else
    best.reading = fmt::format(
        "the intervals do not carry it: {} of {} others cannot be told apart from it ({}{}); the "
        "best of "
        "equals looks better than it is",
        close.size(), best.ranked.size() - 1, close.front(), close.size() > 1 ? ", ..." : "");
  return best;
}

std::string best_setting_yaml(const ExpandedPlan& plan, const std::string& row, const Best& best,
                              const std::string& metric) {
  const auto found = std::find_if(plan.plan.recipes.begin(), plan.plan.recipes.end(),
                                  [&](const PlanRow& r) { return r.label == row; });
  RLR_ENSURE(found != plan.plan.recipes.end(), "row '{}'", row);
  const std::string setting = found->setting.empty() ? plan.plan.setting : found->setting;
  const std::string recipe = std::filesystem::path(found->recipe).stem().string();
  nlohmann::json sets = nlohmann::json::array();
  // A list replaces the parent's, so what the parent changes comes first.
  const train::Setting parent = train::load_setting(setting);
  if (const config::Node* own = parent.recipes.find(recipe))
    if (const config::Node* changes = own->find("set")) sets = config::to_json(*changes);
  for (const std::string& change : plan.plan.train_set) sets.push_back(change);
  for (const std::string& change : found->set) sets.push_back(change);
  const Ranked& first = best.ranked.front();
  std::string text =
      fmt::format("# The best variant of plan {}: {}\n# {}: mean {:.4f}{} over {} seeds\n# {}\n",
                  plan.plan.name, terminal::clean(row), metric, first.mean,
                  first.half_width ? fmt::format(" +- {:.4f}", *first.half_width) : "",
                  plan.plan.seeds.size(), terminal::clean(best.reading));
  text += fmt::format("# the run of the plan itself: rlreason train {} --setting {}", found->recipe,
                      setting);
  for (const auto* changes : {&plan.plan.train_set, &found->set})
    for (const std::string& change : *changes) text += " --set " + quoted(terminal::clean(change));
  text += "\n";
  text += fmt::format("extends: {}\nrecipes:\n  {}:\n    set:\n", nlohmann::json(setting).dump(),
                      recipe);
  for (const nlohmann::json& change : sets) text += "      - " + change.dump() + "\n";
  if (sets.empty()) text += "      []\n";
  return text;
}

}  // namespace rlreason::sweep
