#include "trainers/catalog/replay_checks.h"

#include <algorithm>

#include "core/config/parse.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/refusal.h"

namespace rlreason::train {
namespace {

bool has_replay_slot(const GroupConfig& block) {
  return std::any_of(block.slots.begin(), block.slots.end(),
                     [](const SlotConfig& slot) { return slot.source == "replay"; });
}

void check_settings(const TrainConfig& config) {
  const ReplayConfig& replay = config.replay;
  require(
      config, replay.advantage_above == 0.0 || replay.admit == "advantage",
      fmt::format("replay.advantage_above required replay.admit=advantage, {} came", replay.admit));
  require(
      config, replay.entropy == "exact" || replay.pick == "entropy_min",
      fmt::format("replay.entropy=compat required replay.pick=entropy_min, {} came", replay.pick));
  require(config, replay.collect_before_start || replay.start_solve_rate > 0.0,
          "replay.collect_before_start=false required replay.start_solve_rate above 0: there is no "
          "time before the start");
}

void check_blocks(const TrainConfig& config) {
  for (const GroupConfig& block : group_blocks(config)) {
    const bool replay = has_replay_slot(block);
    require(config, block.prompts != "replay" || replay,
            fmt::format("groups.{}: prompts: replay required a slot of source replay, none came",
                        block.name));
    require(config, block.prompts != "replay" || (block.when == "always" && block.hint == "none"),
            fmt::format("groups.{}: prompts: replay required a block without condition and hint",
                        block.name));
    const bool only = std::all_of(block.slots.begin(), block.slots.end(),
                                  [](const auto& slot) { return slot.source == "replay"; });
    require(config, !only || config.replay.advantage != "group",
            fmt::format("groups.{}: a group of replayed responses alone required "
                        "replay.advantage=stored or recent, group came: nothing fresh to compare "
                        "with",
                        block.name));
  }
}

}  // namespace

bool replays(const TrainConfig& config) {
  const std::vector<GroupConfig> blocks = group_blocks(config);
  return std::any_of(blocks.begin(), blocks.end(), has_replay_slot);
}

void check_replay(const TrainConfig& config) {
  check_settings(config);
  check_blocks(config);
  const bool used = replays(config);
  require(config, used || config::non_defaults(config.replay).empty(),
          "settings of replay required a slot of source replay, none came");
  for (const ComponentConfig& component : config.components)
    require(config, component.select.source != "replay" || used,
            fmt::format("component {} selects replayed responses, no slot replays any",
                        component.name));
}

}  // namespace rlreason::train
