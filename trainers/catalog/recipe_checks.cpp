#include "trainers/catalog/recipe_checks.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/config/parse.h"
#include "trainers/catalog/anchors.h"
#include "trainers/catalog/pieces.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/refusal.h"
#include "trainers/catalog/replay_checks.h"
#include "trainers/catalog/selection.h"

namespace rlreason::train {
namespace {

// Of which no response is compared with others of its group.
bool only_demonstrations(const GroupConfig& block) {
  return std::all_of(block.slots.begin(), block.slots.end(), [](const SlotConfig& slot) {
    return slot.source == "demonstration" && slot.missing == "skip" && slot.guidance.is_null();
  });
}

bool only_replayed(const GroupConfig& block) {  // their advantage is their own: replay_checks.h
  return std::all_of(block.slots.begin(), block.slots.end(), [](const SlotConfig& slot) {
    return slot.source == "replay" && slot.missing == "skip";
  });
}

void check_shares(const TrainConfig& config) {
  double shares = 0;
  for (const GroupConfig& block : config.groups) shares += block.share;
  if (std::abs(shares - 1.0) > 1e-9)
    refuse(config, fmt::format("groups required shares that add up to 1, {} came", shares));
  int64_t prompts = 0;
  for (const SourceConfig& source : config.data) prompts += source.prompts;
  const std::vector<int64_t> sizes = block_sizes(config.groups, prompts);
  for (size_t b = 0; b < sizes.size(); ++b)
    if (sizes[b] == 0 && config.groups[b].when == "always")
      refuse(config, fmt::format("groups.{}: required a share of at least one prompt, {} of {} "
                                 "prompts came; raise the share or data.*.prompts",
                                 config.groups[b].name, config.groups[b].share, prompts));
}

bool has_probe(const GroupConfig& block) {
  return std::any_of(block.slots.begin(), block.slots.end(),
                     [](const SlotConfig& slot) { return slot.source == "greedy"; });
}

void check_slot(const TrainConfig& config, const GroupConfig& block, const SlotConfig& slot) {
  const std::string& source = slot.source;
  require(config, slot.guidance.is_null() || source == "demonstration" || source == "retry",
          fmt::format(
              "guidance required a slot of source demonstration or retry, one of source {} came",
              source));
  require(config, source != "retry" || !slot.guidance.is_null(),
          "a retry slot required guidance: how much of the failed response is kept, none came");
  require(
      config, source != "retry" || slot.when == "all_fail" || slot.when == "after",
      fmt::format(
          "a retry slot required when: all_fail or after, {} came: there is nothing to go on from",
          slot.when));
  require(config, slot.from == "failed" || (source == "retry" && slot.when == "after"),
          fmt::format("from: drafts required a retry slot with when: after, source {} when {} came",
                      source, slot.when));
  require(config, slot.train_guidance || !slot.guidance.is_null(),
          "train_guidance=false required a slot with guidance, none came: nothing of the response "
          "would be trained on");
  require(config,
          (source == "teacher") == (slot.by != "policy" && source != "policy" && source != "retry"),
          fmt::format("source teacher, and only that beside policy and retry, required by: an "
                      "anchor's name; source {} by {} came",
                      source, slot.by));
  require(config, source != "greedy" || (slot.n == 1 && slot.when == "always"),
          "a greedy slot required n: 1 and when: always: the arg max is one response");
  require(config, slot.when != "greedy_fail" || has_probe(block),
          "when: greedy_fail required a greedy slot in the same group, none came");
}

void check_block(const TrainConfig& config, const GroupConfig& block, const RecipeNeeds& needs) {
  if (block.slots.empty())
    refuse(config, fmt::format("groups.{}: required at least one slot, none came", block.name));
  for (const SlotConfig& slot : block.slots) check_slot(config, block, slot);
  if (block.when != "always" && block.share != 0.0)
    refuse(config, fmt::format("groups.{}: a conditional block required share: 0, {} came",
                               block.name, block.share));
  if (block.when == "always" && block.hint != "none" && block.prompts != "with_hints")
    refuse(config, fmt::format("groups.{}: a hint required prompts: with_hints, {} came",
                               block.name, block.prompts));
  const int64_t group = trained_responses_of(block);
  const std::string baseline = config::to_json(config.advantage).value("baseline", "none");
  if (baseline == "greedy" && !has_probe(block) && !only_demonstrations(block))
    refuse(config,
           fmt::format("groups.{}: baseline greedy required a slot of source greedy, none came",
                       block.name));
  const bool unscored =
      !config.groups.empty() && (only_demonstrations(block) || only_replayed(block));
  if (needs.rewards && baseline != "none" && baseline != "greedy" && group < 2 && !unscored)
    refuse(config, fmt::format("a group baseline required at least 2 responses per prompt, {} "
                               "came; add slots or use advantage.baseline=none",
                               group));
}

void check_groups(const TrainConfig& config, const RecipeNeeds& needs) {
  if (config.slots.empty() == config.groups.empty())
    refuse(config,
           "required slots (one template for all prompts) or groups (several), exactly "
           "one of them");
  if (!config.groups.empty()) check_shares(config);
  for (const GroupConfig& block : group_blocks(config)) check_block(config, block, needs);
  if (needs.hints && config.rollout.hint_template.find("{hints}") == std::string::npos)
    refuse(config, fmt::format("rollout.hint_template required {{hints}} in it, '{}' came",
                               config.rollout.hint_template));
}

// Ratio, shape and clip that mean nothing together, or leave nothing to learn from.
void check_ratio(const TrainConfig& config, const ComponentConfig& component) {
  const nlohmann::json own = config::to_json(component);
  const auto kind = [&](const char* member) {
    return own.at(member).at("kind").get<std::string>();
  };
  const std::string level = own.at("ratio").value("level", "token");
  const auto require = [&](bool fine, const char* sentence) {
    if (!fine) refuse(config, fmt::format("component {}: {}", component.name, sentence));
  };
  if (kind("loss") == "surrogate") {
    require(
        kind("ratio") != "none",
        "loss surrogate required a ratio to take its gradient from, none came; use loss reinforce");
    require(kind("shape") != "one",
            "loss surrogate required a shape with a gradient, one came; use loss reinforce");
  }
  if (kind("loss") == "regression")
    require(level == "seq_sum" && kind("shape") == "identity" && kind("clip") == "none",
            "loss regression required a ratio of level seq_sum without shape and clip; set "
            "ratio.level=seq_sum");
  if (kind("clip") == "tv_mask")
    require(kind("ratio") != "one" && kind("ratio") != "none" && level == "token",
            "clip tv_mask required a ratio of level token between two policies");
}

// Sums over micro-batches mean what they do in verl only where a constant-length loss is a sum as well.
void check_loss_scale(const TrainConfig& config) {
  if (config.update.loss_scale != "verl") return;
  for (const ComponentConfig& component : config.components)
    if (config::to_json(component.normalizer).value("reduce", "sum") != "sum")
      refuse(config,
             fmt::format("update.loss_scale verl required a sum over sequences in component "
                         "{0}, a mean came; set components.{0}.normalizer.reduce=sum",
                         component.name));
}

bool answers_to_history(const config::Node& schedule) {
  return find_piece("schedules", config::to_json(schedule).at("kind"), "schedule").needs ==
         "history";
}

// Controllers know their component; a schedule by the clock does not.
void check_controllers(const TrainConfig& config) {
  if (answers_to_history(config.update.schedule))
    refuse(config,
           "update.schedule required a schedule by the clock, one that answers to earlier "
           "iterations came");
  std::set<std::string> names;
  for (const ComponentConfig& component : config.components) names.insert(component.name);
  for (const ComponentConfig& component : config.components) {
    const nlohmann::json coef = config::to_json(component.coef);
    if (coef.at("kind") == "one_minus" && answers_to_history(config::from_json(coef.at("of"))))
      refuse(config, fmt::format("component {}: one_minus required a schedule by the clock, one "
                                 "that answers to earlier iterations came",
                                 component.name));
    if (coef.at("kind") != "dwa") continue;
    const auto shared = coef.at("components").get<std::vector<std::string>>();
    if (std::find(shared.begin(), shared.end(), component.name) == shared.end())
      refuse(
          config,
          fmt::format(
              "component {}: schedule dwa required this component among its components, it is not",
              component.name));
    for (const std::string& name : shared)
      if (!names.contains(name))
        refuse(config,
               fmt::format("component {}: schedule dwa required names of components, '{}' came",
                           component.name, name));
  }
}

void check_critic(const TrainConfig& config, const RecipeNeeds& needs) {
  if (config.critic.estimator.is_null()) {
    require(config, config::non_defaults(config.critic).empty(),
            "critic required an estimator beside its other settings, none came; set "
            "critic.estimator=gae or leave the block out");
    return;
  }
  require(config, config.token_advantage.is_null(),
          "critic and token_advantage both make one advantage a token; required one of them");
  require(config, needs.value,
          "critic required a component that reads advantages of the policy's tokens, none came");
}

bool teacher_writes(const TrainConfig& config) {
  for (const GroupConfig& block : group_blocks(config))
    for (const SlotConfig& slot : block.slots)
      if (slot.source == "teacher" || (slot.source == "retry" && slot.by != "policy")) return true;
  return false;
}

// What chooses a checkpoint or ends the run by an evaluation has to see one.
void check_evaluation(const TrainConfig& config) {
  const TrainEvalConfig& eval = config.eval;
  const std::string came = eval.suites.empty() ? "no suite came; set eval.suites"
                           : eval.every == 0   ? "eval.every=0 came; set eval.every"
                                               : fmt::format(
                                                     "eval.every={} of update.iterations={} came; "
                                                       "lower eval.every",
                                                     eval.every, config.update.iterations);
  const bool evaluates =
      !eval.suites.empty() && eval.every > 0 && eval.every <= config.update.iterations;
  if (evaluates) return;
  if (config.checkpoint.select == "best")
    refuse(config,
           "checkpoint.select=best required an evaluation while training to choose by, " + came);
  if (std::find(config.stop.on.begin(), config.stop.on.end(), "reward_vs_eval") !=
      config.stop.on.end())
    refuse(config, "stop.on reward_vs_eval required an evaluation while training, " + came);
}

}  // namespace

void check_consistency(const TrainConfig& config) {
  check_loss_scale(config);
  if (config.components.empty())
    refuse(config, "required at least one component, none came; see 'rlreason describe recipes'");
  check_controllers(config);
  if (config.data.empty())
    refuse(config,
           "required at least one source of prompts in data, none came; a setting names them");
  for (const SourceConfig& source : config.data)
    if ((source.dataset.size() > 0) == (source.task.size() > 0))
      refuse(config, fmt::format("data.{}: required exactly one of dataset and task", source.name));
  check_anchors(config);
  const RecipeNeeds needs = needs_of(config);
  check_groups(config, needs);
  check_replay(config);
  check_critic(config, needs);
  check_evaluation(config);
  if (config.rollout.resample > 0 && (config.filters.is_null() || config.filters.size() == 0))
    refuse(config, "rollout.resample required filters that leave groups out, none came");
  for (const ComponentConfig& component : config.components) {
    const auto kind = [](const config::Node& node) {
      return config::to_json(node).at("kind").get<std::string>();
    };
    check_ratio(config, component);
    check_selection(config, component);
    if (kind(component.shape) == "relative_p_over_p_plus" && kind(component.ratio) == "one")
      refuse(config, fmt::format("component {}: shape relative_p_over_p_plus required a ratio with "
                                 "a reference policy, ratio one came",
                                 component.name));
    if (component.select.source == "demonstration" && !needs.demonstrations)
      refuse(config, fmt::format("component {} selects demonstrations, no slot provides them",
                                 component.name));
    if (component.select.source == "teacher" && !teacher_writes(config))
      refuse(config,
             fmt::format("component {} selects a teacher's tokens, no slot has one write them",
                         component.name));
  }
}

}  // namespace rlreason::train
