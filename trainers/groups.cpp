#include "trainers/groups.h"

#include <algorithm>

#include "core/config/node.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::train {
namespace {

Trajectory demonstration_trajectory(const std::vector<int32_t>& ids) {
  Trajectory trajectory;
  trajectory.response_ids = ids;
  trajectory.spans = {{.begin = 0,
                       .end = static_cast<int32_t>(ids.size()),
                       .source = Source::demonstration,
                       .policy_version = -1}};
  return trajectory;
}

}  // namespace

GroupBuilder::GroupBuilder(const TrainConfig& config)
    : slots_(config.slots),
      reward_(make_piece<RewardFunction>("rewards", config::to_json(config.reward))),
      advantage_(make_piece<AdvantageFunction>("advantages", config::to_json(config.advantage))) {}

std::vector<Group> GroupBuilder::open(std::vector<DrawnPrompt> prompts) const {
  std::vector<Group> groups;
  for (DrawnPrompt& drawn : prompts) {
    Group group{.drawn = std::move(drawn), .trajectories = {}, .open_slots = 0};
    for (const SlotConfig& slot : slots_) {
      if (slot.source == "policy") {
        group.open_slots += slot.n;
        continue;
      }
      const auto& available = group.drawn.demonstration_ids;
      const int64_t placed = std::min(slot.n, static_cast<int64_t>(available.size()));
      for (int64_t i = 0; i < placed; ++i)
        group.trajectories.push_back(demonstration_trajectory(available[static_cast<size_t>(i)]));
      if (slot.missing == "policy") group.open_slots += slot.n - placed;
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<RoundRequest> GroupBuilder::next_round(const std::vector<Group>& groups) const {
  std::vector<RoundRequest> requests;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].open_slots == 0) continue;
    // A prompt drawn again in the same iteration continues its sample numbers, so its responses are new ones.
    uint32_t group_size = 0;
    for (const SlotConfig& slot : slots_) group_size += static_cast<uint32_t>(slot.n);
    requests.push_back({.group = g,
                        .sample_begin = groups[g].drawn.occurrence * group_size,
                        .sample_count = static_cast<uint32_t>(groups[g].open_slots)});
  }
  return requests;
}

void GroupBuilder::fill(std::vector<Group>& groups, std::vector<Sampled> samples,
                        int64_t policy_version) const {
  for (Sampled& sampled : samples) {
    Group& group = groups[sampled.group];
    Trajectory trajectory;
    trajectory.sample = sampled.sample;
    trajectory.spans = {{.begin = 0,
                         .end = static_cast<int32_t>(sampled.response_ids.size()),
                         .source = Source::policy,
                         .policy_version = policy_version}};
    trajectory.response_ids = std::move(sampled.response_ids);
    trajectory.behavior_logprob = std::move(sampled.behavior_logprob);
    trajectory.old_logprob = std::move(sampled.old_logprob);
    trajectory.finish = sampled.finish;
    group.trajectories.push_back(std::move(trajectory));
    --group.open_slots;
  }
}

void GroupBuilder::judge(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer) const {
  std::erase_if(groups, [](const Group& group) { return group.trajectories.empty(); });
  for (size_t g = 0; g < groups.size(); ++g) {
    const data::Prompt& prompt = groups[g].drawn.prompt;
    for (Trajectory& trajectory : groups[g].trajectories) {
      trajectory.group = static_cast<int64_t>(g);
      trajectory.verdict =
          data::verify(prompt, tokenizer.decode(trajectory.response_ids));
      trajectory.reward =
          trajectory.verdict.outcome == data::Outcome::unscored
              ? 0.0
              : reward_(trajectory.verdict, static_cast<int64_t>(trajectory.response_ids.size()));
      trajectory.reward_parts["verdict"] = trajectory.reward;
    }
  }
  const std::vector<double> advantages = advantage_(facts_of(groups));
  size_t sequence = 0;
  for (Group& group : groups)
    for (Trajectory& trajectory : group.trajectories) trajectory.advantage = advantages[sequence++];
}

GroupFacts GroupBuilder::facts_of(const std::vector<Group>& groups) {
  GroupFacts facts;
  for (const Group& group : groups)
    for (const Trajectory& trajectory : group.trajectories) {
      facts.group.push_back(trajectory.group);
      facts.source.push_back(trajectory.source());
      facts.outcome.push_back(trajectory.verdict.outcome);
      facts.reward.push_back(trajectory.reward);
      facts.length.push_back(static_cast<int64_t>(trajectory.response_ids.size()));
      facts.truncated.push_back(trajectory.finish == FinishReason::length);
    }
  return facts;
}

}  // namespace rlreason::train
