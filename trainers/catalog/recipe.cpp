#include "trainers/catalog/recipe.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/config/parse.h"
#include "core/config/yaml_once.h"
#include "core/embedded.h"
#include "core/error.h"
#include "core/registry.h"
#include "trainers/catalog/anchors.h"
#include "trainers/catalog/pieces.h"
#include "trainers/catalog/recipe_checks.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/catalog/unavailable.h"

namespace rlreason::train {
namespace {

constexpr const char* kRecipeFolder = "trainers/recipes/";
constexpr const char* kSettingFolder = "trainers/settings/";

struct Axis {
  const char* member;
  const char* axis;
  const char* fallback;
};
constexpr Axis kComponentAxes[] = {
    {"loss", "losses", ""},
    {"ratio", "ratios", "old"},
    {"shape", "ratio_shaping", "identity"},
    {"clip", "clips", "none"},
    {"mask", "masks", "none"},
    {"token_weight", "token_weights", "one"},
    {"normalizer", "normalizers", "token_mean"},
    {"coef", "schedules", "constant"},
};

// The list element called `name`, as an index.
std::string index_of_named(const config::Node& list, std::string_view name,
                           std::string_view change) {
  std::vector<std::string> known;
  for (size_t i = 0; i < list.items().size(); ++i) {
    const config::Node* own = list.items()[i].find("name");
    if (own && own->is_scalar() && own->text() == name) return std::to_string(i);
    if (own && own->is_scalar()) known.push_back(own->text());
  }
  throw UserError("--set {}: required the name or number of an element, '{}' came; known: {}",
                  change, name, fmt::join(known, ", "));
}

// A number as coefficient or schedule is a constant.
config::Node as_schedule(const config::Node& block) {
  if (!block.is_scalar() || block.quoted() || !config::to_json(block).is_number()) return block;
  config::Node schedule = config::Node::make_map(block.origin());
  schedule.put("kind", config::Node::make_scalar("constant", true, block.origin()));
  schedule.put("value", block);
  return schedule;
}

// A bare name or number as the block that it stands for, so that one of its settings can be changed.
config::Node spelled_out(const config::Node& name) {
  if (!config::to_json(name).is_string()) return as_schedule(name);
  config::Node block = config::Node::make_map(name.origin());
  block.put("kind", name);
  return block;
}

// components.on.coef=1 -> components.0.coef=1
void apply_change(config::Node& root, const std::string& change) {
  const size_t equals = change.find('=');
  if (equals == std::string::npos)
    return config::set(root, change);  // reports the malformed assignment
  std::string path;
  config::Node* node = &root;
  for (size_t begin = 0; begin < equals;) {
    const size_t end = std::min(change.find('.', begin), equals);
    std::string part = change.substr(begin, end - begin);
    if (node && node->is_scalar()) *node = spelled_out(*node);
    if (node && node->is_list() && !std::all_of(part.begin(), part.end(), ::isdigit))
      part = index_of_named(*node, part, change);
    if (node && node->is_list()) {
      const size_t index = std::stoul(part.empty() ? "0" : part);
      node = index < node->size() ? &node->items()[index] : nullptr;
    } else if (node) {
      node = node->find(part);
    }
    path += (path.empty() ? "" : ".") + part;
    begin = end + 1;
  }
  config::set(root, path + change.substr(equals));
}

// As config::merge, but a piece block {kind: …} of another kind replaces the whole block.
void overlay(config::Node& base, const config::Node& top) {
  const config::Node* old_kind = base.find("kind");
  const config::Node* new_kind = top.find("kind");
  const bool other_piece = old_kind && new_kind && old_kind->text() != new_kind->text();
  if (!base.is_map() || !top.is_map() || other_piece) {
    base = top;
    return;
  }
  for (const auto& [key, origin, value] : top.entries()) {
    if (config::Node* own = base.find(key))
      overlay(*own, value);
    else
      base.put(key, value);
  }
}

config::Node node_of(const nlohmann::json& json) { return config::from_json(json); }

config::Node one_minus(const config::Node& of, const std::string& path) {
  config::Node difference = config::Node::make_map(of.origin());
  difference.put("kind", config::Node::make_scalar("one_minus", true, of.origin()));
  difference.put("of", node_of(resolve_piece("schedules", as_schedule(of), path + ".of", "")));
  return difference;
}

// coef {ref: mu} and {one_minus: mu} with the schedule that `schedules` calls mu.
config::Node with_shared(const config::Node& block, const config::Node& schedules,
                         const std::string& path) {
  const config::Node* kind = block.find("kind");
  const config::Node* of = block.find("of");
  if (kind && of && kind->text() == "one_minus") return one_minus(*of, path);
  for (const char* word : {"ref", "one_minus"}) {
    const config::Node* name = block.find(word);
    if (!name || kind) continue;
    const config::Node* shared = schedules.find(name->text());
    if (!shared || block.size() != 1)
      throw UserError("{}: {}: required {{{}: NAME}} of a schedule under schedules, '{}' came",
                      block.origin().text(), path, word, name->text());
    return word == std::string_view("ref") ? *shared : one_minus(*shared, path);
  }
  return block;
}

// As piece_identity, with the settings of a schedule inside a schedule reduced as well.
nlohmann::json reduced(const char* axis, const nlohmann::json& resolved) {
  nlohmann::json identity = piece_identity(axis, resolved);
  if (resolved.at("kind") == "one_minus")
    identity["of"] = piece_identity("schedules", resolved.at("of"));
  return identity;
}

void resolve_component(ComponentConfig& component, size_t number, double max_length,
                       const config::Node& schedules) {
  const std::string path = fmt::format(
      "components.{}", component.name.empty() ? std::to_string(number) : component.name);
  config::Node* const members[] = {&component.loss,       &component.ratio, &component.shape,
                                   &component.clip,       &component.mask,  &component.token_weight,
                                   &component.normalizer, &component.coef};
  component.coef = with_shared(component.coef, schedules, path + ".coef");
  for (size_t i = 0; i < std::size(kComponentAxes); ++i) {
    const Axis& axis = kComponentAxes[i];
    nlohmann::json block =
        resolve_piece(axis.axis, as_schedule(*members[i]), path + "." + axis.member, axis.fallback);
    if (block["kind"] == "constant_length" && block["length"] == 0.0) block["length"] = max_length;
    *members[i] = node_of(block);
  }
}

void resolve_filters(TrainConfig& config) {
  if (config.filters.is_null()) return;
  if (!config.filters.is_list())
    throw UserError("{}: filters: required a list of pieces of axis filters",
                    config.filters.origin().text());
  for (config::Node& block : config.filters.items())
    block = node_of(resolve_piece("filters", block, "filters", ""));
}

void resolve_guidance(std::vector<SlotConfig>& slots, const std::string& path) {
  for (size_t i = 0; i < slots.size(); ++i)
    if (!slots[i].guidance.is_null())
      slots[i].guidance = node_of(
          resolve_piece("guidance", slots[i].guidance, fmt::format("{}.{}.guidance", path, i), ""));
}

void erase_keys(nlohmann::json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.erase(key);
}

void reduce_guidance(nlohmann::json& slots, const std::vector<SlotConfig>& configs) {
  for (size_t i = 0; i < configs.size(); ++i)
    if (!configs[i].guidance.is_null())
      slots[i]["guidance"] = piece_identity("guidance", config::to_json(configs[i].guidance));
}

nlohmann::json identity_of(const TrainConfig& config) {
  nlohmann::json identity = config::non_defaults(config);
  if (!config.slots.empty()) reduce_guidance(identity["slots"], config.slots);
  for (size_t b = 0; b < config.groups.size(); ++b) {
    identity["groups"][b].erase("name");
    reduce_guidance(identity["groups"][b]["slots"], config.groups[b].slots);
  }
  erase_keys(identity, {"recipe", "summary", "source", "deviations", "init", "checkpoint", "stop",
                        "numerics", "schedules"});
  // When to save changes nothing; which checkpoint the run's consumers get does, and so does when it ends.
  if (config.checkpoint.select != "last")
    identity["checkpoint"]["select"] = config.checkpoint.select;
  if (!config.stop.on.empty())
    identity["stop"] = {{"on", std::set(config.stop.on.begin(), config.stop.on.end())},
                        {"after", config.stop.after}};
  identity["reward"] = piece_identity("rewards", config::to_json(config.reward));
  identity["advantage"] = piece_identity("advantages", config::to_json(config.advantage));
  if (!config.token_advantage.is_null())
    identity["token_advantage"] =
        piece_identity("token_advantages", config::to_json(config.token_advantage));
  if (!config.critic.estimator.is_null())
    identity["critic"]["estimator"] =
        piece_identity("critics", config::to_json(config.critic.estimator));
  reduce_anchors(identity);
  if (identity.contains("filters"))
    for (auto& filter : identity["filters"]) filter = piece_identity("filters", filter);
  if (config.init.recipe.empty() && config.init.checkpoint.empty()) {
    identity["tokenizer"] = config.tokenizer;
  } else {
    erase_keys(identity, {"tokenizer", "model"});
  }
  if (!config.update.lr_scale.is_null())
    identity["update"]["lr_scale"] =
        piece_identity("lr_scales", config::to_json(config.update.lr_scale));
  identity["update"]["schedule"] =
      piece_identity("schedules", config::to_json(config.update.schedule));
  for (size_t i = 0; i < config.components.size(); ++i) {
    nlohmann::json& component = identity["components"][i];
    const nlohmann::json resolved = config::to_json(config.components[i]);
    for (const Axis& axis : kComponentAxes)
      component[axis.member] = reduced(axis.axis, resolved.at(axis.member));
    component.erase("name");
  }
  for (auto& source : identity["data"])
    source.erase("dataset");  // its producer's identity stands for it
  return identity;
}

}  // namespace

void resolve_pieces(TrainConfig& config) {
  resolve_guidance(config.slots, "slots");
  for (GroupConfig& block : config.groups)
    resolve_guidance(block.slots, "groups." + block.name + ".slots");
  config.reward = node_of(resolve_piece("rewards", config.reward, "reward", "verdict"));
  config.advantage =
      node_of(resolve_piece("advantages", config.advantage, "advantage", "group_baseline"));
  if (!config.token_advantage.is_null())
    config.token_advantage =
        node_of(resolve_piece("token_advantages", config.token_advantage, "token_advantage", ""));
  if (!config.critic.estimator.is_null())
    config.critic.estimator =
        node_of(resolve_piece("critics", config.critic.estimator, "critic.estimator", ""));
  if (config::Node* length = config.reward.find("max"); length && config::to_json(*length) == 0.0)
    *length = node_of(config.rollout.max_new_tokens);
  resolve_filters(config);
  config.update.schedule = node_of(resolve_piece("schedules", as_schedule(config.update.schedule),
                                                 "update.schedule", "constant"));
  if (!config.update.lr_scale.is_null())
    config.update.lr_scale =
        node_of(resolve_piece("lr_scales", config.update.lr_scale, "update.lr_scale", ""));
  for (size_t i = 0; i < config.components.size(); ++i)
    resolve_component(config.components[i], i, static_cast<double>(config.rollout.max_new_tokens),
                      config.schedules);
}

RecipeFile load_recipe(const std::string& name) {
  if (const auto own = find_unavailable(name))
    throw UserError(
        "recipe {}: not available: required {}; 'rlreason describe recipes' lists what is", name,
        own->missing);
  const NamedText text = named_text(name, kRecipeFolder, "recipe");
  config::Node root = config::parse_yaml_once(text.text, text.origin);
  RecipeFile file{.name = text.name, .root = config::Node::make_map(), .chain = {}};
  if (const config::Node* parent = root.find("extends")) {
    const std::string parent_name = parent->text();
    if (parent_name == text.name)
      throw UserError("{}: required another recipe in extends, its own name came",
                      parent->origin().text());
    root.erase("extends");
    file = load_recipe(parent_name);
    if (file.chain.size() > 16)
      throw UserError("{}: required at most 16 levels of extends", text.origin);
    file.name = text.name;
  }
  overlay(file.root, root);
  file.root.put("recipe", config::Node::make_scalar(text.name, true, config::Origin(text.origin)));
  file.chain.push_back(text.name);
  return file;
}

Setting load_setting(const std::string& name) {
  const NamedText text = named_text(name, kSettingFolder, "setting");
  const config::Node root = config::parse_yaml_once(text.text, text.origin);
  Setting setting{.name = text.name,
                  .summary = {},
                  .common = config::Node::make_map(),
                  .recipes = config::Node::make_map(),
                  .gates = config::Node::make_list(),
                  .suites = {}};
  if (const config::Node* parent = root.find("extends")) {
    setting = load_setting(parent->text());
    setting.name = text.name;
  }
  for (const auto& [key, origin, value] : root.entries()) {
    if (key == "extends") continue;
    if (key == "summary")
      setting.summary = value.text();
    else if (key == "common")
      overlay(setting.common, value);
    else if (key == "recipes")
      overlay(setting.recipes, value);
    else if (key == "gates")
      setting.gates = value;
    else if (key == "suites")
      setting.suites = config::to_json(value).get<std::vector<std::string>>();
    else
      throw UserError("{}: unknown key '{}'; did you mean '{}'?", origin.text(), key,
                      nearest(key, {"extends", "summary", "common", "recipes", "gates", "suites"}));
  }
  return setting;
}

ResolvedConfig resolve_config(const std::string& recipe, const std::string& setting,
                              const std::vector<std::string>& sets) {
  RecipeFile file = load_recipe(recipe);
  const Setting own_setting = load_setting(setting);
  overlay(file.root, own_setting.common);
  for (const std::string& ancestor : file.chain)
    if (const config::Node* block = own_setting.recipes.find(ancestor)) {
      config::Node own = *block;
      if (const config::Node* changes = own.find("set")) {
        const std::vector<config::Node> list = changes->items();
        own.erase("set");
        overlay(file.root, own);
        for (const config::Node& change : list) apply_change(file.root, change.text());
      } else {
        overlay(file.root, own);
      }
    }
  for (const std::string& change : sets) apply_change(file.root, change);
  ResolvedConfig resolved{.config = config::parse<TrainConfig>(file.root),
                          .json = {},
                          .identity = {},
                          .recipe = file.name,
                          .setting = own_setting.name};
  resolve_pieces(resolved.config);
  check_consistency(resolved.config);
  resolved.json = config::to_json(resolved.config);
  resolved.identity = identity_of(resolved.config);
  return resolved;
}

TrainConfig config_from_json(const nlohmann::json& resolved) {
  return config::parse<TrainConfig>(config::from_json(resolved, config::Origin("run.json")));
}

std::vector<GroupConfig> group_blocks(const TrainConfig& config) {
  if (!config.groups.empty()) return config.groups;
  return {{.name = {}, .share = 1.0, .prompts = "any", .slots = config.slots}};
}

std::optional<int64_t> block_called(const TrainConfig& config, const std::string& name) {
  for (size_t b = 0; b < config.groups.size(); ++b)
    if (config.groups[b].name == name) return static_cast<int64_t>(b);
  return std::nullopt;
}

int64_t responses_of(const GroupConfig& block) {
  int64_t responses = 0;
  for (const SlotConfig& slot : block.slots) responses += slot.source == "greedy" ? 0 : slot.n;
  return responses;
}

int64_t trained_responses_of(const GroupConfig& block) {
  const bool drafts = std::any_of(block.slots.begin(), block.slots.end(),
                                  [](const SlotConfig& slot) { return slot.from == "drafts"; });
  int64_t responses = responses_of(block);
  for (const SlotConfig& slot : block.slots)
    if (drafts && slot.source == "policy") responses -= slot.n;
  return responses;
}

std::vector<int64_t> block_sizes(const std::vector<GroupConfig>& blocks, int64_t prompts) {
  std::vector<int64_t> sizes;
  std::vector<std::pair<double, size_t>> remainders;
  int64_t left = prompts;
  for (size_t b = 0; b < blocks.size(); ++b) {
    const double exact = blocks[b].share * static_cast<double>(prompts);
    sizes.push_back(static_cast<int64_t>(std::floor(exact + 1e-9)));
    remainders.emplace_back(static_cast<double>(sizes.back()) - exact, b);
    left -= sizes.back();
  }
  std::sort(remainders.begin(), remainders.end());  // largest remainder first, then by position
  for (size_t i = 0; left > 0 && i < remainders.size(); ++i, --left) ++sizes[remainders[i].second];
  return sizes;
}

RecipeNeeds needs_of(const TrainConfig& config) {
  RecipeNeeds needs;
  needs.anchors = anchors_read(config);
  for (const GroupConfig& block : group_blocks(config)) {
    needs.hints |= block.hint != "none";
    needs.unrecorded_old_logprob |= block.hint == "stripped";
    for (const SlotConfig& slot : block.slots) {
      if (slot.source == "demonstration") needs.demonstrations = true;
      if (slot.source != "demonstration" || slot.missing == "policy" || !slot.guidance.is_null())
        needs.rollouts = true;
      needs.unrecorded_old_logprob |= slot.by != "policy";
      needs.replay |= slot.source == "replay";
    }
  }
  for (const ComponentConfig& component : config.components) {
    const std::set<std::string> words = component_words(config, component);
    needs.entropy |= words.contains("entropy");
    needs.hinted_logprob |= words.contains("hinted_logprob");
    needs.vocab_mean |= words.contains("vocab_mean");
    needs.proxy_logprob |= words.contains("proxy_logprob");
    needs.solve_rate |= words.contains("solve_rate");
    needs.value |= words.contains("value");
    needs.history |= words.contains("history");
    needs.prescore |= words.contains("prescore");
    needs.rewards |= words.contains("advantage");
    needs.behavior_logprob |= words.contains("behavior_logprob");
    needs.probabilities_of_demonstrations |= words.contains("behavior_logprob") &&
                                             component.select.source != "policy" &&
                                             needs.demonstrations;
    if (!words.contains("old_logprob")) continue;
    needs.old_logprob = true;
    needs.unrecorded_old_logprob |=
        needs.replay && (component.select.source == "any" || component.select.source == "replay");
    needs.old_logprob_of_demonstrations |=
        component.select.source != "policy" && needs.demonstrations;
  }
  needs.hints |= needs.hinted_logprob;
  if (!config.update.lr_scale.is_null()) needs.prescore = needs.behavior_logprob = true;
  return needs;
}

}  // namespace rlreason::train
