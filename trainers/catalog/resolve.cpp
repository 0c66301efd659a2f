#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <mutex>
#include <tuple>

#include "core/config/parse.h"
#include "core/digest.h"
#include "core/embedded.h"
#include "core/error.h"
#include "core/process/io.h"
#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "evaluators/evaluate_config.h"
#include "evaluators/suite_group.h"
#include "trainers/catalog/anchors.h"
#include "trainers/catalog/existing.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/run_spec.h"

namespace rlreason::train {
namespace {

constexpr int kMaxDepth = 8;  // recipes that initialise from recipes that initialise …

size_t resolve_train_at(Graph& graph, const TrainRequest& request, int depth);

std::string short_hash(const std::string& text) { return sha256(text).substr(0, 8); }

std::string identity_of(const std::string& kind, const nlohmann::json& values, const Graph& graph,
                        const std::vector<Producer>& producers) {
  nlohmann::json whole = {
      {"kind", kind}, {"values", values}, {"producers", nlohmann::json::object()}};
  for (const Producer& producer : producers) {
    const RunSpec& spec = graph.specs[producer.node];
    whole["producers"][producer.role] = {{"identity", spec.identity}, {"seed", spec.seed}};
  }
  return sha256(config::canonical(whole));
}

size_t add_existing(Graph& graph, const std::string& path, RunKind kind) {
  RunSpec spec;
  spec.kind = kind;
  spec.label = std::filesystem::path(path).filename().string();
  spec.recipe = kExisting;
  spec.config = {{"path", std::filesystem::absolute(path).lexically_normal().string()}};
  spec.identity = existing_identity(path);
  return graph.add(std::move(spec));
}

size_t add_dataset(Graph& graph, SourceConfig& source, uint64_t seed) {
  if (const config::Node* path = source.dataset.find("path"))
    return add_existing(graph, path->text(), RunKind::prepare);
  config::Node settings = source.dataset;
  if (!settings.find("seed"))
    settings.put("seed", config::Node::make_scalar(std::to_string(seed), false));
  if (!settings.find("name")) settings.put("name", config::Node::make_scalar(source.name, true));
  auto prepare = config::parse<data::PrepareConfig>(settings, "data." + source.name + ".dataset");
  if (!settings.find("exclude") && prepare.from.empty())
    prepare.exclude = eval::suite_blocks(prepare.source);
  RunSpec spec;
  spec.kind = RunKind::prepare;
  spec.label = source.name;
  spec.recipe = "prepare-" + source.name;
  spec.seed = prepare.seed;
  spec.config = config::to_json(prepare);
  nlohmann::json identity = config::non_defaults(prepare);
  identity.erase("seed");
  for (const std::string& file : prepare.from)
    identity["sources"].push_back(data::source_digest(file));
  identity.erase("from");
  spec.identity = identity_of("prepare", identity, graph, {});
  return graph.add(std::move(spec));
}

// The run or folder whose weights `init` names; `word` is the setting that names it.
std::optional<size_t> add_weights(Graph& graph, const TrainRequest& request, const InitConfig& init,
                                  const char* word, int depth) {
  if (!init.checkpoint.empty()) return add_existing(graph, init.checkpoint, RunKind::train);
  if (init.recipe.empty()) return std::nullopt;
  if (depth >= kMaxDepth)
    throw UserError("recipe {}: required at most {} levels of {}.recipe", request.recipe, kMaxDepth,
                    word);
  return resolve_train_at(graph,
                          {.recipe = init.recipe,
                           .setting = request.setting,
                           .seed = init.seed < 0 ? request.seed : static_cast<uint64_t>(init.seed),
                           .sets = init.set,
                           .init = {},
                           .label = {}},
                          depth + 1);
}

std::optional<size_t> add_init(Graph& graph, const TrainRequest& request, const InitConfig& init,
                               int depth) {
  if (!request.init.empty()) return add_existing(graph, request.init, RunKind::train);
  return add_weights(graph, request, init, "init", depth);
}

void add_anchors(Graph& graph, const TrainRequest& request, const TrainConfig& config, int depth,
                 RunSpec& spec) {
  for (const AnchorConfig& anchor : config.anchors)
    for (size_t i = 0; i < anchor.runs.size(); ++i)
      if (const auto node = add_weights(graph, request, anchor.runs[i], "anchors.runs", depth))
        spec.producers.push_back({anchor_role(anchor, i), *node});
}

std::string label_of(const TrainRequest& request, const std::string& recipe) {
  if (!request.label.empty()) return request.label;
  std::string label = recipe;
  for (const std::string& change : request.sets) label += " " + change;
  return label;
}

bool built_in(const std::string& folder, const std::string& name) {
  return embedded_file(folder + name + ".yaml").has_value();
}

// A plan asks for one configuration under every seed, and for the base of all its rows.  What built-in files say cannot
// change while the program runs; the user's files are read again.
ResolvedConfig resolved_of(const TrainRequest& request) {
  if (!built_in("trainers/recipes/", request.recipe) ||
      !built_in("trainers/settings/", request.setting))
    return resolve_config(request.recipe, request.setting, request.sets);
  static std::mutex guard;
  static std::map<std::tuple<std::string, std::string, std::vector<std::string>>, ResolvedConfig>
      known;
  const std::tuple key(request.recipe, request.setting, request.sets);
  const std::lock_guard lock(guard);
  auto found = known.find(key);
  if (found == known.end())
    found =
        known.emplace(key, resolve_config(request.recipe, request.setting, request.sets)).first;
  return found->second;
}

size_t resolve_train_at(Graph& graph, const TrainRequest& request, int depth) {
  ResolvedConfig resolved = resolved_of(request);
  RunSpec spec;
  spec.kind = RunKind::train;
  spec.recipe = resolved.recipe;
  spec.setting = resolved.setting;
  spec.seed = request.seed;
  spec.label = label_of(request, resolved.recipe);
  const auto init = add_init(graph, request, resolved.config.init, depth);
  if (init) spec.producers.push_back({"init", *init});
  add_anchors(graph, request, resolved.config, depth, spec);
  for (SourceConfig& source : resolved.config.data) {
    if (source.dataset.size() > 0)
      spec.producers.push_back(
          {"dataset:" + source.name, add_dataset(graph, source, request.seed)});
    if (source.task.size() > 0 && source.exclude.empty())
      source.exclude = eval::suite_blocks(source.task.at("name").text());
  }
  spec.config = config::to_json(resolved.config);
  spec.identity = identity_of("train", resolved.identity, graph, spec.producers);
  return graph.add(std::move(spec));
}

// Of the suites of a request: what the identity and the configuration of an evaluation are made of.
struct ResolvedSuites {
  nlohmann::json protocols = nlohmann::json::array();
  nlohmann::json config;  // of an evaluation of them, but for its seed and threads
};

std::vector<std::string> suite_names_of(const EvaluateRequest& request,
                                        const std::string& setting) {
  const std::vector<std::string> names =
      request.suites.empty() && !setting.empty() ? load_setting(setting).suites : request.suites;
  if (names.empty())
    throw UserError(
        "evaluate: required at least one suite, none came; name them with --suite (groups: {}; "
        "suites: "
        "{})",
        fmt::join(eval::suite_group_names(), ", "), fmt::join(eval::suite_names(), ", "));
  return eval::expand_suites(names);
}

// Once a suite: a plan asks for the same few suites in every cell, and their prompts are generated to be digested.
const nlohmann::json& protocol_of(const eval::Suite& suite) {
  static std::map<std::string, nlohmann::json> known;
  nlohmann::json& protocol = known[config::canonical(config::to_json(suite))];
  if (protocol.is_null()) protocol = eval::suite_protocol(suite, eval::suite_prompts(suite));
  return protocol;
}

ResolvedSuites resolve_suites(const std::vector<std::string>& names,
                              const EvaluateRequest& request) {
  ResolvedSuites resolved;
  eval::EvaluateConfig config;
  for (const std::string& name : names) {
    eval::Suite suite = eval::load_suite(name, request.sets);
    if (request.samples && !eval::by_likelihood(suite)) suite.samples = *request.samples;
    resolved.protocols.push_back(protocol_of(suite));
    config.suites.push_back(std::move(suite));
  }
  resolved.config = config::to_json(config);
  return resolved;
}

// A plan asks for the same suites in every cell.  As with recipes, only what built-in files say is kept.
ResolvedSuites resolved_suites(const EvaluateRequest& request, const std::string& setting) {
  static std::mutex guard;
  static std::map<std::tuple<std::vector<std::string>, std::string, std::optional<int64_t>,
                             std::vector<std::string>>,
                  ResolvedSuites>
      known;
  const std::tuple key(request.suites, request.suites.empty() ? setting : "", request.samples,
                       request.sets);
  const std::lock_guard lock(guard);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  const std::vector<std::string> names = suite_names_of(request, setting);
  ResolvedSuites resolved = resolve_suites(names, request);
  const bool fixed = std::all_of(
      names.begin(), names.end(), [](auto& name) { return built_in("evaluators/suites/", name); });
  if (fixed && (!request.suites.empty() || built_in("trainers/settings/", setting)))
    known.emplace(key, resolved);
  return resolved;
}

size_t add_evaluation(Graph& graph, size_t checkpoint, const EvaluateRequest& request) {
  const RunSpec& producer = graph.specs[checkpoint];
  ResolvedSuites resolved = resolved_suites(request, producer.setting);
  RunSpec spec;
  spec.kind = RunKind::evaluate;
  spec.label = producer.label;
  spec.recipe = "evaluate-" + producer.recipe;
  spec.setting = producer.setting;
  spec.seed = producer.seed;
  spec.config = std::move(resolved.config);
  spec.config["seed"] = request.seed;
  spec.config["threads"] = request.threads;
  spec.producers = {{"checkpoint", checkpoint}};
  spec.identity = identity_of(
      "evaluate", {{"suites", std::move(resolved.protocols)}, {"seed", request.seed}}, graph,
      spec.producers);
  return graph.add(std::move(spec));
}

}  // namespace

std::string RunSpec::directory() const {
  if (recipe == kExisting) return config.at("path");
  std::string name = recipe + (setting.empty() ? "" : "-" + setting);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  return fmt::format("{}-s{}-{}", name, seed, short_hash(identity + ":" + std::to_string(seed)));
}

size_t Graph::add(RunSpec spec) {
  while (numbers_.size() < specs.size())  // some were put in without add()
    numbers_.emplace(specs[numbers_.size()].identity, numbers_.size());
  const auto [begin, end] = numbers_.equal_range(spec.identity);
  for (auto it = begin; it != end; ++it)
    if (specs[it->second].kind == spec.kind && specs[it->second].seed == spec.seed)
      return it->second;
  specs.push_back(std::move(spec));
  return specs.size() - 1;
}

size_t resolve_train(Graph& graph, const TrainRequest& request) {
  return resolve_train_at(graph, request, 0);
}

size_t resolve_evaluate(Graph& graph, size_t train_node, const EvaluateRequest& request) {
  return add_evaluation(graph, train_node, request);
}

size_t resolve_evaluate_checkpoint(Graph& graph, const std::string& checkpoint,
                                   const EvaluateRequest& request) {
  return add_evaluation(graph, add_existing(graph, checkpoint, RunKind::train), request);
}

std::optional<size_t> init_node(const Graph& graph, size_t train_node) {
  for (const Producer& producer : graph.specs[train_node].producers)
    if (producer.role == "init") return producer.node;
  return std::nullopt;
}

}  // namespace rlreason::train
