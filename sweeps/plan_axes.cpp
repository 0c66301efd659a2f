#include "sweeps/plan_axes.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "sweeps/plan_paths.h"
#include "sweeps/search/sobol.h"
#include "sweeps/search/space.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::sweep {
namespace {

using config::Node;

struct Assigned {
  std::string path;
  Node value;
};
using Point = std::vector<Assigned>;  // what changes together
struct Axis {
  std::vector<Point> points;
};

std::string dumped(const Node& value) { return config::to_json(value).dump(); }

void require_different(const std::vector<Node>& values, const std::string& where) {
  std::set<std::string> seen;
  for (const Node& value : values)
    if (!seen.insert(dumped(value)).second)
      throw UserError("{}: {}: required each value once, {} came twice", value.origin().text(),
                      where, value_text(value));
}

const std::vector<Node>& values_of(const Node& list, const std::string& where) {
  if (!list.is_list() || list.size() == 0)
    throw UserError("{}: {}: required a list of values, none came", list.origin().text(), where);
  return list.items();
}

void add_grid(const Node& grid, const std::string& where, std::vector<Axis>& axes) {
  if (grid.is_null()) return;
  if (!grid.is_map())
    throw UserError("{}: {}: required {{path: [values]}}", grid.origin().text(), where);
  for (const auto& [path, origin, list] : grid.entries()) {
    Axis axis;
    require_different(values_of(list, where + "." + path), where + "." + path);
    for (const Node& value : list.items()) axis.points.push_back({{path, value}});
    axes.push_back(std::move(axis));
  }
}

void add_zip(const Node& zip, std::vector<Axis>& axes) {
  if (zip.is_null()) return;
  if (zip.is_list()) {
    for (const Node& each : zip.items()) add_zip(each, axes);
    return;
  }
  Axis axis;
  std::string first;
  for (const auto& [path, origin, list] : zip.entries()) {
    const std::vector<Node>& values = values_of(list, "zip." + path);
    if (first.empty()) {
      first = path;
      axis.points.resize(values.size());
    }
    if (values.size() != axis.points.size())
      throw UserError("{}: zip.{}: required {} values as {} has, {} came", origin.text(), path,
                      axis.points.size(), first, values.size());
    for (size_t i = 0; i < values.size(); ++i) axis.points[i].push_back({path, values[i]});
  }
  if (!axis.points.empty()) axes.push_back(std::move(axis));
}

void add_sample(Plan& plan, std::vector<Axis>& axes) {
  if (!plan.sample) return;
  const PlanSample& sample = *plan.sample;
  const std::vector<Dimension> dimensions = parse_space(sample.space, "sample.space");
  Sequence random(RandomKey{.seed = sample.seed, .purpose = Purpose::order});
  Axis axis;
  std::set<std::string> seen;
  for (int64_t i = 0; i < sample.n; ++i) {
    std::vector<double> unit;
    if (sample.method == "sobol")
      unit = sobol_point(sample.seed, static_cast<uint64_t>(i), dimensions.size());
    else
      for (size_t d = 0; d < dimensions.size(); ++d) unit.push_back(random.uniform());
    Point point;
    std::string text;
    for (size_t d = 0; d < dimensions.size(); ++d) {
      point.push_back({dimensions[d].path, value_at(dimensions[d], unit[d])});
      text += dumped(point.back().value) + "\n";
    }
    if (seen.insert(text).second) axis.points.push_back(std::move(point));
  }
  if (const auto lost = sample.n - static_cast<int64_t>(axis.points.size()); lost > 0)
    plan.notes.push_back(
        fmt::format("sample: {} of {} points were drawn before and are left out", lost, sample.n));
  axes.push_back(std::move(axis));
}

[[noreturn]] void refuse_size(const Plan& plan, const std::string& where, const std::string& words,
                              double cells) {
  throw UserError(
      "{}: required at most {} cells (max_cells), {} = {:.0f} came; thin the axes or draw a sample "
      "of them",
      where, plan.max_cells, words, cells);
}

// Before anything is built.
void check_size(const Plan& plan, const std::vector<Axis>& axes, const std::string& where) {
  const auto rows = static_cast<double>(plan.recipes.size());
  const auto settings = static_cast<double>(std::max<size_t>(1, plan.settings.size()));
  double cells = rows * settings;
  std::string words = fmt::format("{:.0f} rows", cells);
  for (const Axis& axis : axes) {
    cells *= static_cast<double>(axis.points.size());
    words += fmt::format(" x {}", axis.points.size());
  }
  cells *= static_cast<double>(plan.seeds.size());
  words += fmt::format(" x {} seeds", plan.seeds.size());
  if (cells > static_cast<double>(plan.max_cells)) refuse_size(plan, where, words, cells);
}

// A row before its label is made.
struct Draft {
  PlanRow row;
  std::string prefix;  // of the label
  Point assigned;
};

std::vector<Draft> with_axis(const std::vector<Draft>& drafts, const Axis& axis) {
  std::vector<Draft> result;
  for (const Draft& draft : drafts)
    for (const Point& point : axis.points) {
      result.push_back(draft);
      result.back().assigned.insert(result.back().assigned.end(), point.begin(), point.end());
    }
  return result;
}

std::vector<Draft> with_settings(const Plan& plan) {
  const bool alone = plan.recipes.size() == 1;
  std::vector<Draft> drafts;
  for (const PlanRow& row : plan.recipes) {
    const std::vector<std::string> settings =
        plan.settings.empty() ? std::vector<std::string>{row.setting} : plan.settings;
    for (const std::string& setting : settings) {
      Draft draft{row, alone && row.generated ? "" : row.label, {}};
      draft.row.setting = setting;
      if (plan.settings.size() > 1) draft.prefix += (draft.prefix.empty() ? "@" : " @") + setting;
      drafts.push_back(std::move(draft));
    }
  }
  return drafts;
}

std::vector<std::string> sets_of(const Plan& plan, const Draft& draft, bool with_train_set) {
  std::vector<std::string> sets;
  if (with_train_set) sets = plan.train_set;
  sets.insert(sets.end(), draft.row.set.begin(), draft.row.set.end());
  for (const Assigned& one : draft.assigned) sets.push_back(assignment(one.path, one.value));
  return sets;
}

bool all_hold(const Plan& plan, const Draft& draft, const PlanWhen& when,
              const std::string& where) {
  nlohmann::json config;
  const bool names_only = std::all_of(
      when.conditions.begin(), when.conditions.end(),
      [](const std::string& c) { return path_of(c) == "recipe" || path_of(c) == "setting"; });
  const std::string& setting = draft.row.setting.empty() ? plan.setting : draft.row.setting;
  if (!names_only)
    config = train::resolve_config(draft.row.recipe, setting, sets_of(plan, draft, true)).json;
  return std::all_of(when.conditions.begin(), when.conditions.end(), [&](const std::string& c) {
    return holds(c, {draft.row.recipe, setting, config}, where);
  });
}

std::vector<Draft> with_conditions(const Plan& plan, std::vector<Draft> drafts, const Node& root) {
  const Node* blocks = root.find("when");
  for (size_t i = 0; i < plan.when.size(); ++i) {
    const PlanWhen& when = plan.when[i];
    const std::string where = fmt::format("{}: when.{}", blocks->items()[i].origin().text(), i);
    std::vector<Axis> axes;
    add_grid(when.grid, fmt::format("when.{}.grid", i), axes);
    if (axes.empty() && when.set.empty())
      throw UserError("{}: required `set` or `grid`, neither came", where);
    std::vector<Draft> result;
    for (const Draft& draft : drafts) {
      if (!all_hold(plan, draft, when, where)) {
        result.push_back(draft);
        continue;
      }
      std::vector<Draft> own{draft};
      own.front().row.set.insert(own.front().row.set.end(), when.set.begin(), when.set.end());
      for (const Axis& axis : axes) own = with_axis(own, axis);
      result.insert(result.end(), own.begin(), own.end());
      const double cells = static_cast<double>(result.size() * plan.seeds.size());
      if (cells > static_cast<double>(plan.max_cells))
        refuse_size(plan, where,
                    fmt::format("at least {} rows x {} seeds", result.size(), plan.seeds.size()),
                    cells);
    }
    drafts = std::move(result);
  }
  return drafts;
}

// Each draft as a row whose label says what differs.
std::vector<PlanRow> finished(const Plan& plan, const std::vector<Draft>& drafts) {
  std::vector<std::string> paths;
  for (const Draft& draft : drafts)
    for (const Assigned& one : draft.assigned)
      if (std::find(paths.begin(), paths.end(), one.path) == paths.end()) paths.push_back(one.path);
  const std::vector<std::string> names = short_names(paths);
  std::vector<PlanRow> rows;
  for (const Draft& draft : drafts) {
    PlanRow row = draft.row;
    row.label = draft.prefix;
    for (const Assigned& one : draft.assigned) {
      const auto at = std::find(paths.begin(), paths.end(), one.path) - paths.begin();
      row.label += (row.label.empty() ? "" : " ") + names[static_cast<size_t>(at)] + "=" +
                   value_text(one.value);
      row.toggles[one.path] = config::to_json(one.value);
    }
    if (row.label.empty()) row.label = draft.row.label;
    row.set = sets_of(plan, draft, false);
    row.generated = !draft.assigned.empty();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void add_trial_rows(Plan& plan, const std::vector<std::pair<size_t, nlohmann::json>>& trials) {
  std::vector<Draft> drafts;
  for (const auto& [number, values] : trials) {
    Draft draft{plan.recipes.front(), fmt::format("#{}", number), {}};
    draft.row.role = "variant";
    draft.row.trial = number;
    for (const auto& [path, value] : values.items())
      draft.assigned.push_back({path, config::from_json(value, draft.row.origin)});
    drafts.push_back(std::move(draft));
  }
  for (PlanRow& row : finished(plan, drafts)) {
    row.generated = false;  // a trial keeps its row, whatever run it turns out to be
    plan.recipes.push_back(std::move(row));
  }
}

void expand_axes(Plan& plan, const Node& root) {
  std::vector<Axis> axes;
  add_grid(plan.grid, "grid", axes);
  add_zip(plan.zip, axes);
  if (plan.sample && plan.sample->n > plan.max_cells)
    refuse_size(plan, root.at("sample").origin().text(), "sample.n",
                static_cast<double>(plan.sample->n));
  add_sample(plan, axes);
  const char* last = "recipes";
  for (const char* key : {"grid", "zip", "sample"})
    if (root.find(key) != nullptr) last = key;
  const Node* place = root.find(last);
  check_size(plan, axes, (place != nullptr ? place->origin() : root.origin()).text());
  if (axes.empty() && plan.when.empty() && plan.settings.empty()) {
    for (PlanRow& row : plan.recipes) row.generated = false;
    return;
  }
  std::vector<Draft> drafts = with_settings(plan);
  for (const Axis& axis : axes) drafts = with_axis(drafts, axis);
  plan.recipes = finished(plan, with_conditions(plan, std::move(drafts), root));
}

}  // namespace rlreason::sweep
