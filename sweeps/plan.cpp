#include "sweeps/plan.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/config/parse.h"
#include "core/embedded.h"
#include "core/registry.h"
#include "core/terminal/text.h"
#include "evaluators/suite_group.h"
#include "sweeps/compare/metric.h"
#include "sweeps/plan_ablation.h"
#include "sweeps/plan_axes.h"
#include "sweeps/search/sobol.h"
#include "sweeps/search/space.h"

namespace rlreason::sweep {
namespace {

using config::Node;

struct SeedCount {
  uint64_t seeds = 1;
  static constexpr auto fields() {
    return std::tuple{config::field(&SeedCount::seeds, "seeds", "how many", config::in(1, 1000))};
  }
};

// `recipes: [luffy]` means `recipes: [{recipe: luffy}]`, `seeds: 3` means `seeds: [0, 1, 2]`.
void normalize(Node& root) {
  if (Node* recipes = root.find("recipes"); recipes != nullptr && recipes->is_list()) {
    for (Node& item : recipes->items()) {
      if (!item.is_scalar()) continue;
      Node row = Node::make_map(item.origin());
      row.put("recipe", item);
      item = row;
    }
  }
  Node* seeds = root.find("seeds");
  if (seeds == nullptr || !seeds->is_scalar()) return;
  Node alone = Node::make_map(seeds->origin());
  alone.put("seeds", *seeds);
  const uint64_t count = config::parse<SeedCount>(alone).seeds;
  Node list = Node::make_list(seeds->origin());
  for (uint64_t seed = 0; seed < count; ++seed)
    list.items().push_back(Node::make_scalar(std::to_string(seed), false, seeds->origin()));
  *seeds = list;
}

std::string place(const Node& root, std::string_view key) {
  const Node* node = root.find(key);
  return (node != nullptr ? node->origin() : root.origin()).text();
}

std::string default_label(const PlanRow& row) {
  std::string label = row.recipe;
  if (label.ends_with(".yaml") || label.ends_with(".yml"))
    label = std::filesystem::path(label).stem().string();
  for (const std::string& set : row.set) label += " " + set;
  return label;
}

void require_row(const Plan& plan, const std::string& row, const std::string& where) {
  std::vector<std::string> known =
      plan.include_base ? std::vector<std::string>{"base"} : std::vector<std::string>{};
  for (const PlanRow& each : plan.recipes) known.push_back(each.label);
  if (std::find(known.begin(), known.end(), row) != known.end()) return;
  throw UserError("{}: required the label of a row of this plan, '{}' came; did you mean '{}'?",
                  where, row, nearest(row, known));
}

// Either `recipes`, with axes, or `ablation`.
void check_source(const Plan& plan, const Node& root) {
  if (!plan.ablation) {
    if (plan.recipes.empty())
      throw UserError(
          "{}: recipes: required the rows of the plan, none came; list recipes, or give an "
          "`ablation`",
          place(root, "recipes"));
    return;
  }
  for (const char* key : {"recipes", "grid", "zip", "sample", "when", "settings", "search"})
    if (const Node* found = root.find(key))
      throw UserError("{}: required `ablation` or `{}`, both came", found->origin().text(), key);
}

// A search varies one recipe; what it would cost is not known before it has run.
void check_search(const Plan& plan, const Node& root) {
  if (!plan.search) return;
  for (const char* key : {"grid", "zip", "sample", "when", "settings", "budget_hours"})
    if (const Node* found = root.find(key))
      throw UserError("{}: required `search` or `{}`, both came", found->origin().text(), key);
  if (plan.recipes.size() != 1)
    throw UserError("{}: recipes: required one recipe to search around, {} came",
                    place(root, "recipes"), plan.recipes.size());
  const PlanSearch& search = *plan.search;
  const std::vector<Dimension> space = parse_space(search.space, "search.space");
  const std::string where = place(root, "search") + ": search";
  if (search.method != "random" && space.size() > kSobolDimensions)
    throw UserError("{}: required at most {} settings in the space, {} came; use method: random",
                    where, kSobolDimensions, space.size());
  for (const Dimension& dimension : space)
    if (search.halving &&
        (dimension.path == "update.iterations" || dimension.path.starts_with("update.until_")))
      throw UserError("{}.space: required runs of one length to halve by iterations, '{}' came",
                      where, dimension.path);
  if (search.trials * static_cast<int64_t>(plan.seeds.size()) > plan.max_cells)
    throw UserError("{}: required at most {} cells (max_cells), {} trials x {} seeds came", where,
                    plan.max_cells, search.trials, plan.seeds.size());
  if (search.halving && search.metric.empty())
    throw UserError(
        "{}.metric: required a curve of the training, or a suite that it is evaluated on, to halve "
        "by; none came",
        where);
  if (!search.metric.empty() && search.metric.find('/') == std::string::npos)
    parse_metric(search.metric, where + ".metric");
}

// Where rows come from and what they are called before axes multiply them.
void name_rows(Plan& plan, const Node& root) {
  for (size_t i = 0; i < plan.recipes.size(); ++i) {
    PlanRow& row = plan.recipes[i];
    row.origin = root.at("recipes").items()[i].origin();
    row.generated = row.label.empty();  // the axes may leave its name out of labels
    if (row.label.empty()) row.label = default_label(row);
  }
}

void check_rows(Plan& plan, const Node& root) {
  std::set<std::string> seen;
  if (plan.include_base) seen.insert("base");
  const Node* written = root.find("recipes");
  const bool by_hand = written != nullptr && plan.recipes.size() == written->size();
  for (size_t i = 0; i < plan.recipes.size(); ++i) {
    const PlanRow& row = plan.recipes[i];
    if (terminal::clean(row.label) != row.label)
      throw UserError("{}: required a label that can be printed, '{}' came", row.origin.text(),
                      terminal::clean(row.label));
    if (!seen.insert(row.label).second)
      throw UserError(
          "{}:{} required a label of its own, '{}' is taken; give one of the rows a `label`",
          row.origin.text(), by_hand ? fmt::format(" recipes.{}:", i) : "", row.label);
  }
  std::set<uint64_t> seeds;
  for (uint64_t seed : plan.seeds)
    if (!seeds.insert(seed).second)
      throw UserError("{}: seeds: required each seed once, {} came twice", place(root, "seeds"),
                      seed);
}

void check_words(Plan& plan, const Node& root) {
  if (plan.baseline.empty()) plan.baseline = plan.recipes.front().label;
  require_row(plan, plan.baseline, place(root, "baseline") + ": baseline");
  for (PlanRow& row : plan.recipes)
    if (row.label == plan.baseline) row.role = "baseline";
  for (const std::string& metric : plan.metrics) {
    const std::string where = place(root, "metrics") + ": metrics";
    const Metric parsed = parse_metric(metric, where);
    const std::vector<std::string> suites = eval::expand_suites(plan.evaluate.suites);
    if (!suites.empty() && std::find(suites.begin(), suites.end(), parsed.suite) == suites.end())
      throw UserError("{}: required a suite of `evaluate.suites`, '{}' came; did you mean '{}'?",
                      where, parsed.suite, nearest(parsed.suite, suites));
  }
  for (const PlanGate& gate : plan.gates) {
    const std::string where = place(root, "gates") + ": gates";
    require_row(plan, gate.row, where);
    parse_metric(gate.metric, where);
    if (!gate.min && !gate.max) throw UserError("{}: required `min` or `max`, neither came", where);
  }
}

// The short ways to change every row; train_set and a row's own changes come after them.
void apply_short_ways(Plan& plan) {
  std::vector<std::string> changes;
  if (!plan.select.empty()) changes.push_back("checkpoint.select=" + plan.select);
  if (!plan.stop_on.empty())
    changes.push_back(fmt::format("stop.on=[{}]", fmt::join(plan.stop_on, ", ")));
  plan.train_set.insert(plan.train_set.begin(), changes.begin(), changes.end());
}

}  // namespace

Plan parse_plan(std::string_view yaml, const std::string& file) {
  Node root = config::parse_yaml(yaml, file);
  if (!root.is_map())
    throw UserError("{}: required a plan (a map with name, recipes, seeds), something else came",
                    file);
  normalize(root);
  Plan plan = config::parse<Plan>(root);
  plan.file = plan.given = file;
  if (plan.name.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
          std::string::npos ||
      plan.name.starts_with("."))
    throw UserError("{}: name: required letters, digits, '_', '-' and '.', '{}' came",
                    place(root, "name"), plan.name);
  check_source(plan, root);
  check_search(plan, root);
  apply_short_ways(plan);
  if (plan.ablation) {
    expand_ablation(plan, root);
  } else {
    name_rows(plan, root);
    expand_axes(plan, root);
  }
  check_rows(plan, root);
  check_words(plan, root);
  return plan;
}

Plan load_plan(const std::string& name_or_file) {
  const NamedText text = named_text(name_or_file, "sweeps/examples/", "plan");
  Plan plan = parse_plan(text.text, text.origin);
  plan.given = name_or_file;
  return plan;
}

}  // namespace rlreason::sweep
