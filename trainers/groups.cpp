#include "trainers/groups.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/config/node.h"
#include "datasets/verifiers/verifier.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

Trajectory demonstration_trajectory(const DrawnPrompt& drawn, size_t number, bool trained) {
  Trajectory trajectory;
  trajectory.response_ids = drawn.demonstration_ids[number];
  if (number < drawn.demonstration_logprob.size())
    trajectory.behavior_logprob = drawn.demonstration_logprob[number];
  trajectory.spans = {{.begin = 0,
                       .end = static_cast<int32_t>(trajectory.response_ids.size()),
                       .source = Source::demonstration,
                       .policy_version = -1,
                       .trained = trained}};
  return trajectory;
}

// The prompt's demonstrations in the order in which this slot takes them.
std::vector<size_t> demonstration_order(const DrawnPrompt& drawn, const SlotConfig& slot,
                                        Sequence& random) {
  std::vector<size_t> order(drawn.demonstration_ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (slot.pick == "random") random.shuffle(order);
  return order;
}

// `values` behind a prefix of which nothing is recorded but, perhaps, its author's log-probs.
std::vector<float> behind(size_t tokens, const std::vector<float>& given,
                          const std::vector<float>& values) {
  std::vector<float> whole(tokens, std::numeric_limits<float>::quiet_NaN());
  std::copy_n(given.begin(), std::min(tokens, given.size()), whole.begin());
  whole.insert(whole.end(), values.begin(), values.end());
  return whole;
}

Trajectory sampled_trajectory(const Group& group, Sampled sampled, int64_t policy_version) {
  Trajectory trajectory;
  trajectory.sample = sampled.sample;
  trajectory.finish = sampled.finish;
  const auto begin = sampled.prefix.tokens;
  const auto end = begin + static_cast<int32_t>(sampled.response_ids.size());
  const Span own{
      .begin = begin, .end = end, .source = Source::policy, .policy_version = policy_version};
  if (begin == 0) {
    trajectory.spans = {own};
    trajectory.response_ids = std::move(sampled.response_ids);
    trajectory.behavior_logprob = std::move(sampled.behavior_logprob);
    trajectory.old_logprob = std::move(sampled.old_logprob);
    return trajectory;
  }
  const std::vector<int32_t>& given = group.drawn.demonstration_ids[sampled.prefix.demonstration];
  const auto& logprob = group.drawn.demonstration_logprob;
  const auto tokens = static_cast<size_t>(begin);
  trajectory.spans = {{.begin = 0,
                       .end = begin,
                       .source = Source::demonstration,
                       .policy_version = -1,
                       .trained = sampled.prefix.trained},
                      own};
  trajectory.response_ids.assign(given.begin(), given.begin() + begin);
  trajectory.response_ids.insert(trajectory.response_ids.end(), sampled.response_ids.begin(),
                                 sampled.response_ids.end());
  trajectory.behavior_logprob =
      behind(tokens,
             sampled.prefix.demonstration < logprob.size() ? logprob[sampled.prefix.demonstration]
                                                           : std::vector<float>(),
             sampled.behavior_logprob);
  trajectory.old_logprob = behind(tokens, {}, sampled.old_logprob);
  return trajectory;
}

}  // namespace

GroupBuilder::GroupBuilder(const TrainConfig& config, uint64_t seed)
    : seed_(seed),
      block_configs_(group_blocks(config)),
      reward_(make_piece<RewardFunction>("rewards", config::to_json(config.reward))),
      advantage_(make_piece<AdvantageFunction>("advantages", config::to_json(config.advantage))) {
  for (const GroupConfig& block : block_configs_) {
    uint32_t size = 0;
    Block own{.config = block, .guidance = {}};
    for (const SlotConfig& slot : block.slots) {
      size += static_cast<uint32_t>(slot.n);
      own.guidance.push_back(
          slot.guidance.is_null()
              ? GuidanceFunction()
              : make_piece<GuidanceFunction>("guidance", config::to_json(slot.guidance)));
    }
    largest_group_ = std::max(largest_group_, size);
    blocks_.push_back(std::move(own));
  }
}

std::vector<size_t> GroupBuilder::assign_blocks(const std::vector<DrawnPrompt>& prompts) const {
  constexpr size_t kFree = std::numeric_limits<size_t>::max();
  std::vector<size_t> assigned(prompts.size(), kFree);
  const std::vector<int64_t> sizes =
      block_sizes(block_configs_, static_cast<int64_t>(prompts.size()));
  for (const bool choosy : {true, false})
    for (size_t b = 0; b < blocks_.size(); ++b) {
      if ((blocks_[b].config.prompts == "with_demonstrations") != choosy) continue;
      std::vector<size_t> candidates;
      for (size_t p = 0; p < prompts.size(); ++p)
        if (assigned[p] == kFree && (!choosy || !prompts[p].demonstration_ids.empty()))
          candidates.push_back(p);
      const size_t wanted = std::min(candidates.size(), static_cast<size_t>(sizes[b]));
      for (size_t i = 0; i < wanted; ++i)
        assigned[candidates[(2 * i + 1) * candidates.size() / (2 * wanted)]] = b;
    }
  return assigned;
}

void GroupBuilder::place(Group& group, const SlotConfig& slot, const GuidanceFunction& guidance,
                         int64_t iteration) const {
  Sequence random({.seed = seed_,
                   .purpose = Purpose::order,
                   .iteration = static_cast<uint64_t>(iteration),
                   .prompt = hash_id(group.drawn.prompt.id),
                   .sample = group.drawn.occurrence});
  const std::vector<size_t> order = demonstration_order(group.drawn, slot, random);
  if (!guidance || order.empty()) {
    const int64_t placed = std::min(slot.n, static_cast<int64_t>(order.size()));
    for (int64_t i = 0; i < placed; ++i)
      group.trajectories.push_back(demonstration_trajectory(
          group.drawn, order[static_cast<size_t>(i)], slot.train_guidance));
    if (slot.missing == "policy") group.open_slots += slot.n - placed;
    return;
  }
  const size_t chosen = order.front();
  const auto tokens = static_cast<double>(group.drawn.demonstration_ids[chosen].size());
  for (const double share :
       guidance({.iteration = iteration, .responses = slot.n, .random = &random})) {
    Prefix prefix{.demonstration = chosen,
                  .tokens = static_cast<int32_t>(tokens * share),
                  .trained = slot.train_guidance};
    // Something is left to learn from: at least the last token is the policy's.
    if (!prefix.trained) prefix.tokens = std::min(prefix.tokens, static_cast<int32_t>(tokens) - 1);
    if (prefix.tokens == 0)
      ++group.open_slots;
    else if (prefix.tokens == static_cast<int32_t>(tokens))
      group.trajectories.push_back(
          demonstration_trajectory(group.drawn, chosen, slot.train_guidance));
    else
      group.open_prefixes.push_back(prefix);
  }
}

std::vector<Group> GroupBuilder::open(std::vector<DrawnPrompt> prompts, int64_t iteration) const {
  const std::vector<size_t> assigned = assign_blocks(prompts);
  std::vector<Group> groups;
  for (size_t p = 0; p < prompts.size(); ++p) {
    // Too few prompts with a demonstration: what a block could not get is left out, never filled by another method.
    if (assigned[p] >= blocks_.size()) continue;
    Group group{.drawn = std::move(prompts[p]),
                .block = assigned[p],
                .trajectories = {},
                .open_slots = 0,
                .open_prefixes = {}};
    const Block& block = blocks_[group.block];
    for (size_t i = 0; i < block.config.slots.size(); ++i) {
      const SlotConfig& slot = block.config.slots[i];
      if (slot.source == "policy")
        group.open_slots += slot.n;
      else
        place(group, slot, block.guidance[i], iteration);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<RoundRequest> GroupBuilder::next_round(const std::vector<Group>& groups) const {
  std::vector<RoundRequest> requests;
  for (size_t g = 0; g < groups.size(); ++g) {
    // A prompt drawn again in the same iteration continues its sample numbers, so its responses are new ones.
    uint32_t sample = groups[g].drawn.occurrence * largest_group_;
    const auto ask = [&](uint32_t count, const Prefix& prefix) {
      if (!requests.empty() && requests.back().group == g && requests.back().prefix == prefix)
        requests.back().sample_count += count;
      else
        requests.push_back(
            {.group = g, .sample_begin = sample, .sample_count = count, .prefix = prefix});
      sample += count;
    };
    if (groups[g].open_slots > 0) ask(static_cast<uint32_t>(groups[g].open_slots), Prefix{});
    for (const Prefix& prefix : groups[g].open_prefixes) ask(1, prefix);
  }
  return requests;
}

void GroupBuilder::fill(std::vector<Group>& groups, std::vector<Sampled> samples,
                        int64_t policy_version) const {
  for (Sampled& sampled : samples) {
    Group& group = groups[sampled.group];
    const auto open =
        std::find(group.open_prefixes.begin(), group.open_prefixes.end(), sampled.prefix);
    if (open != group.open_prefixes.end())
      group.open_prefixes.erase(open);
    else
      --group.open_slots;
    group.trajectories.push_back(sampled_trajectory(group, std::move(sampled), policy_version));
  }
}

void GroupBuilder::judge(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer) const {
  std::erase_if(groups, [](const Group& group) { return group.trajectories.empty(); });
  for (size_t g = 0; g < groups.size(); ++g) {
    const data::Prompt& prompt = groups[g].drawn.prompt;
    for (Trajectory& trajectory : groups[g].trajectories) {
      trajectory.group = static_cast<int64_t>(g);
      trajectory.verdict = data::verify(prompt, tokenizer.decode(trajectory.response_ids));
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
