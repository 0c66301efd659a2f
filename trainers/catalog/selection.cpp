#include "trainers/catalog/selection.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/error.h"

namespace rlreason::train {

void check_selection(const TrainConfig& config, const ComponentConfig& component) {
  const SelectConfig& select = component.select;
  const bool known = std::any_of(config.groups.begin(), config.groups.end(),
                                 [&](const GroupConfig& own) { return own.name == select.group; });
  if (!select.group.empty() && !known) {
    std::vector<std::string> names;
    for (const GroupConfig& block : config.groups) names.push_back(block.name);
    throw UserError(
        "recipe {}: {}", config.recipe,
        fmt::format("component {}: select.group required one of the groups{}{}, '{}' came",
                    component.name, names.empty() ? " (none is declared)" : ": ",
                    fmt::join(names, ", "), select.group));
  }
  if (select.reward_below && select.reward_at_least &&
      *select.reward_below <= *select.reward_at_least)
    throw UserError("recipe {}: {}", config.recipe,
                    fmt::format("component {}: rewards at least {} and below {} selects nothing",
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
