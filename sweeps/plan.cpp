#include "sweeps/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/config/parse.h"
#include "core/digest.h"
#include "core/embedded.h"
#include "core/registry.h"
#include "evaluators/suite_group.h"
#include "sweeps/compare/metric.h"
#include "trainers/catalog/recipe.h"

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

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> all;
  if (plan.include_base) all.emplace_back("base");
  for (const PlanRow& row : plan.recipes) all.push_back(row.label);
  return all;
}

void require_row(const Plan& plan, const std::string& row, const std::string& where) {
  const std::vector<std::string> known = labels(plan);
  if (std::find(known.begin(), known.end(), row) != known.end()) return;
  throw UserError("{}: required the label of a row of this plan, '{}' came; did you mean '{}'?",
                  where, row, nearest(row, known));
}

void check_rows(Plan& plan, const Node& root) {
  std::set<std::string> seen;
  if (plan.include_base) seen.insert("base");
  for (size_t i = 0; i < plan.recipes.size(); ++i) {
    PlanRow& row = plan.recipes[i];
    if (row.label.empty()) row.label = default_label(row);
    if (!seen.insert(row.label).second)
      throw UserError(
          "{}: recipes.{}: required a label of its own, '{}' is taken; give one of the rows a "
          "`label`",
          root.at("recipes").items()[i].origin().text(), i, row.label);
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

// Is `ancestor` on the way from `node` through its initial checkpoints?
bool starts_from(const train::Graph& graph, size_t node, size_t ancestor) {
  for (std::optional<size_t> at = node; at; at = train::init_node(graph, *at))
    if (*at == ancestor) return true;
  return false;
}

std::string init_folder(const train::RunSpec& spec) {
  const nlohmann::json::json_pointer path("/init/checkpoint");
  return spec.config.is_object() && spec.config.contains(path) && spec.config[path].is_string()
             ? spec.config[path].get<std::string>()
             : "";
}

// The node that most rows start from; rows that start from it by way of another run (sft_then_rl) count as well.
size_t base_of(const train::Graph& graph, const std::vector<size_t>& trained, const Plan& plan) {
  std::map<size_t, size_t> votes;
  for (size_t node : trained)
    if (const auto init = train::init_node(graph, node)) ++votes[*init];
  const auto most = std::max_element(votes.begin(), votes.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most == votes.end())
    throw UserError(
        "{}: include_base: required rows that start from a checkpoint, these start from random "
        "weights; set "
        "include_base: false",
        plan.file.string());
  for (size_t i = 0; i < trained.size(); ++i)
    if (!starts_from(graph, trained[i], most->first))
      throw UserError(
          "{}: include_base: required one checkpoint that all rows start from, '{}' starts "
          "elsewhere; set "
          "include_base: false",
          plan.file.string(), plan.recipes[i].label);
  return most->first;
}

// Evaluates the checkpoint that a seed's rows start from: a node of the graph, or a folder of the user's.
PlanCell base_cell(train::Graph& graph, const std::vector<size_t>& trained, const Plan& plan,
                   const train::EvaluateRequest& request) {
  const std::string folder = init_folder(graph.specs[trained.front()]);
  const bool same_folder =
      !folder.empty() && std::all_of(trained.begin(), trained.end(), [&](size_t node) {
        return init_folder(graph.specs[node]) == folder;
      });
  if (same_folder && !train::init_node(graph, trained.front())) {
    const size_t node = train::resolve_evaluate_checkpoint(graph, folder, request);
    return {"base", request.seed, node, node};
  }
  const size_t base = base_of(graph, trained, plan);
  return {"base", request.seed, base, train::resolve_evaluate(graph, base, request)};
}

void expand_seed(ExpandedPlan& result, uint64_t seed) {
  const Plan& plan = result.plan;
  train::EvaluateRequest request;
  request.suites = plan.evaluate.suites;
  request.samples = plan.evaluate.samples;
  request.sets = plan.evaluate.set;
  request.seed = seed;
  std::vector<size_t> trained;
  std::vector<PlanCell> cells;
  for (const PlanRow& row : plan.recipes) {
    train::TrainRequest wanted;
    wanted.recipe = row.recipe;
    wanted.setting = plan.setting;
    wanted.seed = seed;
    wanted.sets = plan.train_set;
    wanted.sets.insert(wanted.sets.end(), row.set.begin(), row.set.end());
    wanted.label = row.label;
    trained.push_back(train::resolve_train(result.graph, wanted));
    cells.push_back({row.label, seed, trained.back(),
                     train::resolve_evaluate(result.graph, trained.back(), request)});
  }
  if (plan.include_base) result.cells.push_back(base_cell(result.graph, trained, plan, request));
  result.cells.insert(result.cells.end(), cells.begin(), cells.end());
}

// A gate of a setting file, on the checkpoint that its runs start from.
struct SettingGate {
  std::string suite, metric = "mean_at_k", why;
  std::optional<double> low, high;
  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&SettingGate::suite, "suite", "suite", config::not_empty()).required(),
        field(&SettingGate::metric, "metric", "mean_at_k, or a flag or probe of the samples"),
        field(&SettingGate::low, "low", "least value"),
        field(&SettingGate::high, "high", "greatest value"),
        field(&SettingGate::why, "why", "reason, for the sentence of a failure")};
  }
};

std::vector<PlanGate> setting_gates(const std::string& setting) {
  std::vector<PlanGate> gates;
  const Node blocks = train::load_setting(setting).gates;
  if (!blocks.is_list()) return gates;
  for (const Node& block : blocks.items()) {
    const auto given = config::parse<SettingGate>(block, "gates");
    PlanGate gate;
    gate.metric = given.metric == "mean_at_k" ? given.suite : given.suite + ":" + given.metric;
    gate.min = given.low;
    gate.max = given.high;
    gate.why = given.why;
    gates.push_back(std::move(gate));
  }
  return gates;
}

}  // namespace

Plan parse_plan(std::string_view yaml, const std::string& file) {
  Node root = config::parse_yaml(yaml, file);
  if (!root.is_map())
    throw UserError("{}: required a plan (a map with name, recipes, seeds), something else came",
                    file);
  normalize(root);
  Plan plan = config::parse<Plan>(root);
  plan.file = file;
  if (plan.name.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
          std::string::npos ||
      plan.name.starts_with("."))
    throw UserError("{}: name: required letters, digits, '_', '-' and '.', '{}' came",
                    place(root, "name"), plan.name);
  check_rows(plan, root);
  check_words(plan, root);
  return plan;
}

Plan load_plan(const std::string& name_or_file) {
  const NamedText text = named_text(name_or_file, "sweeps/examples/", "plan");
  return parse_plan(text.text, text.origin);
}

ExpandedPlan expand(const Plan& plan) {
  ExpandedPlan result;
  result.plan = plan;
  if (plan.gates.empty() && plan.include_base) result.plan.gates = setting_gates(plan.setting);
  result.rows = labels(plan);
  for (uint64_t seed : plan.seeds) expand_seed(result, seed);
  std::vector<std::string> parts;
  for (const PlanCell& cell : result.cells) {
    const train::RunSpec& spec = result.graph.specs[cell.evaluate_node];
    parts.push_back(fmt::format("{} {}\n", spec.identity, spec.seed));
  }
  std::sort(parts.begin(), parts.end());
  std::string all;
  for (const std::string& part : parts) all += part;
  result.identity = sha256(all);
  return result;
}

}  // namespace rlreason::sweep
