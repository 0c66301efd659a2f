#include "trainers/group_filter.h"

#include <algorithm>

#include "core/config/node.h"

namespace rlreason::train {

GroupFilter::GroupFilter(const TrainConfig& config) {
  if (config.filters.is_null()) return;
  for (const config::Node& block : config.filters.items())
    filters_.push_back(make_piece<FilterFunction>("filters", config::to_json(block)));
}

void GroupFilter::apply(std::vector<Group>& groups) const {
  if (filters_.empty()) return;
  const GroupFacts facts = GroupBuilder::facts_of(groups);
  std::vector<bool> kept(facts.size(), true);
  for (const FilterFunction& filter : filters_) {
    const std::vector<bool> own = filter(facts);
    for (size_t s = 0; s < kept.size(); ++s) kept[s] = kept[s] && own[s];
  }
  size_t sequence = 0;
  for (Group& group : groups)
    for (Trajectory& trajectory : group.trajectories) {
      // With an advantage of its own a replayed response is not compared with its group.
      trajectory.kept = kept[sequence] || trajectory.own_advantage;
      ++sequence;
    }
}

int64_t GroupFilter::kept(const std::vector<Group>& groups) {
  return std::count_if(groups.begin(), groups.end(),
                       [](const Group& group) { return group.kept(); });
}

void GroupFilter::keep_first(std::vector<Group>& groups, int64_t wanted) {
  for (Group& group : groups) {
    if (!group.kept() || wanted-- > 0) continue;
    for (Trajectory& trajectory : group.trajectories) trajectory.kept = false;
  }
}

void GroupFilter::number(const std::vector<Group>& earlier, std::vector<Group>& later) {
  for (Group& group : later)
    group.drawn.occurrence += static_cast<uint32_t>(std::count_if(
        earlier.begin(), earlier.end(),
        [&](const Group& other) { return other.drawn.prompt.id == group.drawn.prompt.id; }));
}

void GroupFilter::write(const std::vector<Group>& groups, int64_t rounds,
                        nlohmann::json& values) const {
  if (filters_.empty()) return;
  double sequences = 0, kept_sequences = 0;
  for (const Group& group : groups)
    for (const Trajectory& trajectory : group.trajectories) {
      sequences += 1;
      kept_sequences += trajectory.kept ? 1 : 0;
    }
  values["rollout/rounds"] = rounds;
  values["train/kept_groups"] =
      static_cast<double>(kept(groups)) / std::max(1.0, static_cast<double>(groups.size()));
  values["train/kept_sequences"] = kept_sequences / std::max(1.0, sequences);
}

}  // namespace rlreason::train
