#include "trainers/catalog/selection.h"

#include <fmt/ranges.h>

#include <vector>

#include "trainers/catalog/recipe.h"
#include "trainers/catalog/refusal.h"

namespace rlreason::train {

void check_selection(const TrainConfig& config, const ComponentConfig& component) {
  const SelectConfig& select = component.select;
  if (!select.group.empty() && !block_called(config, select.group)) {
    std::vector<std::string> names;
    for (const GroupConfig& block : config.groups) names.push_back(block.name);
    refuse(config,
           fmt::format("component {}: select.group required one of the groups{}{}, '{}' came",
                       component.name, names.empty() ? " (none is declared)" : ": ",
                       fmt::join(names, ", "), select.group));
  }
  if (select.reward_below && select.reward_at_least &&
      *select.reward_below <= *select.reward_at_least)
    refuse(config, fmt::format("component {}: rewards at least {} and below {} selects nothing",
                               component.name, *select.reward_at_least, *select.reward_below));
}

std::string selection_text(const SelectConfig& select) {
  std::string text = select.source;
  if (!select.group.empty()) text += " in " + select.group;
  if (select.reward_below) text += fmt::format(", reward < {}", *select.reward_below);
  if (select.reward_at_least) text += fmt::format(", reward >= {}", *select.reward_at_least);
  return text;
}

}  // namespace rlreason::train
