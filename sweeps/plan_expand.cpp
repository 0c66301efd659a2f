// From the rows of a plan to its graph of runs.
#include <algorithm>
#include <map>
#include <set>

#include "core/config/parse.h"
#include "core/digest.h"
#include "sweeps/plan.h"
#include "sweeps/plan_paths.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::sweep {
namespace {

using config::Node;

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> all;
  if (plan.include_base) all.emplace_back("base");
  for (const PlanRow& row : plan.recipes) all.push_back(row.label);
  return all;
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

train::TrainRequest request_of(const Plan& plan, const PlanRow& row, uint64_t seed) {
  train::TrainRequest wanted;
  wanted.recipe = row.recipe;
  wanted.setting = row.setting.empty() ? plan.setting : row.setting;
  wanted.seed = seed;
  wanted.sets = plan.train_set;
  wanted.sets.insert(wanted.sets.end(), row.set.begin(), row.set.end());
  wanted.label = row.label;
  return wanted;
}

// A cell that does not resolve is named, whatever was wrong with it.
template <class Act>
size_t resolved_cell(const PlanRow& row, uint64_t seed, Act&& act) {
  const auto sentence = [&](const Error& error) {
    return fmt::format("{}: cell '{}' at seed {}: {}", row.origin.text(), row.label, seed,
                       error.what());
  };
  try {
    return act();
  } catch (const UserError& error) {
    throw UserError("{}", sentence(error));
  } catch (const Error& error) {
    throw Error(error.code(), sentence(error));
  }
}

// Variants of axes that are one run under two names become one row; a toggle has to change something.
void merge_equal_rows(Plan& plan) {
  const bool axes = std::any_of(plan.recipes.begin(), plan.recipes.end(),
                                [](const PlanRow& row) { return row.generated; });
  if (!axes && !plan.ablation) return;
  const uint64_t seed = plan.seeds.front();
  train::Graph graph;
  std::map<size_t, std::string> first;
  std::vector<PlanRow> kept;
  for (const PlanRow& row : plan.recipes) {
    const size_t node = resolved_cell(
        row, seed, [&] { return train::resolve_train(graph, request_of(plan, row, seed)); });
    const auto [known, added] = first.emplace(node, row.label);
    if (!added && plan.ablation)
      throw UserError(
          "{}: cell '{}': required toggles that change the run, it is the same run as '{}'; see "
          "what "
          "`on` and `off` change",
          row.origin.text(), row.label, known->second);
    if (!added && row.generated) {
      plan.notes.push_back(
          fmt::format("'{}' is the same run as '{}' and is left out", row.label, known->second));
      if (row.label == plan.baseline) plan.baseline = known->second;
      continue;
    }
    kept.push_back(row);
  }
  plan.recipes = std::move(kept);
  for (PlanRow& row : plan.recipes)
    if (row.label == plan.baseline) row.role = "baseline";
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
    trained.push_back(resolved_cell(row, seed, [&] {
      return train::resolve_train(result.graph, request_of(plan, row, seed));
    }));
    const size_t evaluation = resolved_cell(
        row, seed, [&] { return train::resolve_evaluate(result.graph, trained.back(), request); });
    cells.push_back({row.label, seed, trained.back(), evaluation});
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

// In which paths of the resolved configuration a row may differ from the baseline.
RowDeclaration declaration_of(const PlanRow& row, const PlanRow& baseline,
                              const nlohmann::json& config) {
  RowDeclaration own{row.label, row.role, row.toggles, false, {}};
  own.whole = row.recipe != baseline.recipe || row.setting != baseline.setting;
  std::set<std::string> paths;
  const auto add_missing = [&](const std::vector<std::string>& of,
                               const std::vector<std::string>& in) {
    for (const std::string& change : of)
      if (std::find(in.begin(), in.end(), change) == in.end())
        paths.insert(resolved_path(config, path_of(change)));
  };
  add_missing(row.set, baseline.set);
  add_missing(baseline.set, row.set);
  own.paths.assign(paths.begin(), paths.end());
  return own;
}

void declare_rows(ExpandedPlan& result) {
  const Plan& plan = result.plan;
  const auto baseline =
      std::find_if(plan.recipes.begin(), plan.recipes.end(),
                   [&](const PlanRow& row) { return row.label == plan.baseline; });
  if (plan.include_base)
    result.declarations.push_back({"base", "base", nlohmann::json::object(), true, {}});
  for (const PlanRow& row : plan.recipes) {
    const auto cell = std::find_if(result.cells.begin(), result.cells.end(),
                                   [&](const PlanCell& c) { return c.row == row.label; });
    const PlanRow& reference = baseline != plan.recipes.end() ? *baseline : row;
    result.declarations.push_back(
        declaration_of(row, reference, result.graph.specs[cell->train_node].config));
  }
}

}  // namespace

ExpandedPlan expand(const Plan& plan) {
  ExpandedPlan result;
  result.plan = plan;
  if (plan.gates.empty() && plan.include_base) result.plan.gates = setting_gates(plan.setting);
  merge_equal_rows(result.plan);
  result.rows = labels(result.plan);
  for (uint64_t seed : plan.seeds) expand_seed(result, seed);
  declare_rows(result);
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

const RowDeclaration* find_declaration(const ExpandedPlan& plan, const std::string& row) {
  for (const RowDeclaration& own : plan.declarations)
    if (own.label == row) return &own;
  return nullptr;
}

}  // namespace rlreason::sweep
