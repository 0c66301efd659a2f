#include "trainers/groups.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/config/node.h"
#include "core/error.h"
#include "datasets/verifiers/verifier.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

// Conditions on a group's own slots: after the greedy probe, and after its first responses.
constexpr size_t kSlotStages = 2;

bool holds(const std::string& when, const Group& group) {
  if (when == "greedy_fail") return group.probe && !group.probe->verdict.right();
  if (when == "all_fail") {
    const Solved own = group.solved();
    return own.responses > 0 && own.right == 0;
  }
  return true;
}

bool fits(const std::string& wanted, const DrawnPrompt& prompt) {
  if (prompt.from_replay || wanted == "replay") return prompt.from_replay && wanted == "replay";
  if (wanted == "with_demonstrations") return !prompt.demonstration_ids.empty();
  if (wanted == "with_hints") return !prompt.hinted_ids.empty();
  return true;
}

}  // namespace

Solved Group::solved() const {
  Solved counts;
  for (const Trajectory& trajectory : trajectories) {
    if (trajectory.source() != Source::policy) continue;
    ++counts.responses;
    counts.right += trajectory.verdict.right() ? 1 : 0;
  }
  return counts;
}

double Group::solve_rate() const {
  const Solved counts = solved();
  return counts.responses > 0
             ? static_cast<double>(counts.right) / static_cast<double>(counts.responses)
             : 0.0;
}

GroupBuilder::GroupBuilder(const TrainConfig& config, uint64_t seed)
    : seed_(seed),
      reward_(make_piece<RewardFunction>("rewards", config::to_json(config.reward))),
      advantage_(make_piece<AdvantageFunction>("advantages", config::to_json(config.advantage))) {
  uint32_t largest = 0, follow_ups = 0;
  for (const GroupConfig& block : group_blocks(config)) {
    Block own{.config = block, .guidance = {}, .size = static_cast<uint32_t>(responses_of(block))};
    for (const SlotConfig& slot : block.slots)
      own.guidance.push_back(
          slot.guidance.is_null()
              ? GuidanceFunction()
              : make_piece<GuidanceFunction>("guidance", config::to_json(slot.guidance)));
    if (block.when == "always")
      largest = std::max(largest, own.size);
    else
      follow_ups += own.size;
    blocks_.push_back(std::move(own));
  }
  samples_of_prompt_ = largest + follow_ups;
}

std::vector<int64_t> GroupBuilder::sizes_of(size_t prompts) const {
  std::vector<GroupConfig> configs;
  for (const Block& block : blocks_) configs.push_back(block.config);
  return block_sizes(configs, static_cast<int64_t>(prompts));
}

std::vector<size_t> GroupBuilder::assign_blocks(const std::vector<DrawnPrompt>& prompts) const {
  constexpr size_t kFree = std::numeric_limits<size_t>::max();
  std::vector<size_t> assigned(prompts.size(), kFree);
  std::vector<int64_t> left = sizes_of(prompts.size());
  const auto assign = [&](size_t b, bool second_choice) {
    std::vector<size_t> candidates;
    for (size_t p = 0; p < prompts.size(); ++p)
      if (assigned[p] == kFree && takes(b, prompts[p], second_choice)) candidates.push_back(p);
    const size_t wanted = std::min(candidates.size(), static_cast<size_t>(left[b]));
    for (size_t i = 0; i < wanted; ++i)
      assigned[candidates[(2 * i + 1) * candidates.size() / (2 * wanted)]] = b;
    left[b] -= static_cast<int64_t>(wanted);
  };
  for (const bool choosy : {true, false})
    for (size_t b = 0; b < blocks_.size(); ++b)
      if ((blocks_[b].config.prompts != "any") == choosy) assign(b, false);
  for (size_t b = 0; b < blocks_.size(); ++b)
    if (blocks_[b].config.prompts == "replay") assign(b, true);
  return assigned;
}

// Second choice: a block of replayed prompts whose slots the policy fills where nothing is replayed takes fresh prompts.
bool GroupBuilder::takes(size_t block, const DrawnPrompt& prompt, bool second_choice) const {
  const GroupConfig& config = blocks_[block].config;
  if (!second_choice) return fits(config.prompts, prompt);
  return std::any_of(config.slots.begin(), config.slots.end(), [](const SlotConfig& slot) {
    return slot.source == "replay" && slot.missing == "policy";
  });
}

void GroupBuilder::place_replayed(Group& group, const SlotConfig& slot) const {
  const std::vector<Trajectory>& replayed = group.drawn.replayed;
  const int64_t placed = std::min(slot.n, static_cast<int64_t>(replayed.size()));
  group.trajectories.insert(group.trajectories.end(), replayed.begin(), replayed.begin() + placed);
  group.replay_missing += slot.n - placed;
  if (slot.missing == "policy" && placed < slot.n) ask(group.open, {.count = slot.n - placed});
}

// The random numbers by which a group's slots choose; `kind` keeps those of different slots apart.
Sequence GroupBuilder::choices_of(const Group& group, int64_t iteration, uint32_t kind) const {
  return Sequence({.seed = seed_,
                   .purpose = Purpose::order,
                   .iteration = static_cast<uint64_t>(iteration),
                   .prompt = hash_id(group.drawn.prompt.id),
                   .sample = kind + group.drawn.occurrence});
}

void GroupBuilder::place_demonstrations(Group& group, size_t number, int64_t iteration) const {
  const SlotConfig& slot = blocks_[group.block].config.slots[number];
  const GuidanceFunction& guidance = blocks_[group.block].guidance[number];
  Sequence random = choices_of(group, iteration, 0);
  const std::vector<size_t> order = demonstration_order(group.drawn, slot, random);
  if (!guidance || order.empty()) {
    const int64_t placed = std::min(slot.n, static_cast<int64_t>(order.size()));
    for (int64_t i = 0; i < placed; ++i)
      group.trajectories.push_back(demonstration_trajectory(
          group.drawn, order[static_cast<size_t>(i)], slot.train_guidance));
    if (slot.missing == "policy" && placed < slot.n) ask(group.open, {.count = slot.n - placed});
    return;
  }
  const size_t chosen = order.front();
  const std::vector<int32_t>& ids = group.drawn.demonstration_ids[chosen];
  const auto tokens = static_cast<double>(ids.size());
  for (const double share : guidance({.iteration = iteration,
                            .responses = slot.n,
                            .random = &random,
                            .solve_rate = group.solve_rate(),
                            .logprob = {}})) {
    auto given = static_cast<size_t>(tokens * share);
    // Something is left to learn from: at least the last token is the policy's.
    if (!slot.train_guidance) given = std::min(given, ids.size() - 1);
    if (given == ids.size()) {
      group.trajectories.push_back(
          demonstration_trajectory(group.drawn, chosen, slot.train_guidance));
      continue;
    }
    Opening opening{.given = {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(given)},
                    .given_source = Source::demonstration,
                    .given_trained = slot.train_guidance};
    if (given == 0)
      opening = {};
    else if (chosen < group.drawn.demonstration_logprob.size())
      opening.behavior_logprob = group.drawn.demonstration_logprob[chosen];
    ask(group.open, std::move(opening));
  }
}

// Failed responses are gone on from in the order of their samples, from the first again when there are fewer than slots.
void GroupBuilder::place_retries(Group& group, size_t number, int64_t iteration) const {
  const SlotConfig& slot = blocks_[group.block].config.slots[number];
  const bool drafts = slot.from == "drafts";
  std::vector<const Trajectory*> begun;
  for (const Trajectory& trajectory : group.trajectories)
    if (trajectory.source() == Source::policy && (drafts || !trajectory.verdict.right()) &&
        trajectory.response_ids.size() > 1)
      begun.push_back(&trajectory);
  constexpr uint32_t kRetries = 1u << 16;  // apart from the keys of demonstrations
  Sequence random = choices_of(group, iteration, kRetries);
  for (size_t i = 0; i < static_cast<size_t>(slot.n) && !begun.empty(); ++i) {
    const Trajectory& from = *begun[i % begun.size()];
    const double share = blocks_[group.block]
                             .guidance[number]({.iteration = iteration,
                                                .responses = 1,
                                                .random = &random,
                                                .solve_rate = group.solve_rate(),
                                                .logprob = from.old_logprob})
                             .front();
    const size_t given =
        std::min(static_cast<size_t>(share * static_cast<double>(from.response_ids.size())),
                 from.response_ids.size() - 1);
    const auto head = [&](const auto& values) {
      return std::decay_t<decltype(values)>(
          values.begin(),
          values.begin() + static_cast<std::ptrdiff_t>(std::min(given, values.size())));
    };
    ask(group.open, {.given = head(from.response_ids),
                     .behavior_logprob = head(from.behavior_logprob),
                     .old_logprob = head(from.old_logprob),
                     .given_source = Source::policy,
                     .given_trained = slot.train_guidance,
                     .by = slot.by,
                     .writer = slot.by == "policy" ? Source::policy : Source::teacher});
  }
  if (drafts)
    std::erase_if(group.trajectories,
                  [](const Trajectory& own) { return own.source() == Source::policy; });
}

void GroupBuilder::open_slot(Group& group, size_t number, int64_t iteration) const {
  const SlotConfig& slot = blocks_[group.block].config.slots[number];
  if (slot.source == "policy")
    ask(group.open, {.by = slot.by, .count = slot.n});
  else if (slot.source == "teacher")
    ask(group.open, {.by = slot.by, .writer = Source::teacher, .count = slot.n});
  else if (slot.source == "greedy")
    ask(group.open, {.greedy = true});
  else if (slot.source == "replay")
    place_replayed(group, slot);
  else if (slot.source == "retry")
    place_retries(group, number, iteration);
  else
    place_demonstrations(group, number, iteration);
}

bool GroupBuilder::open_slots(Group& group, std::initializer_list<std::string_view> when,
                              int64_t iteration) const {
  const std::vector<SlotConfig>& slots = blocks_[group.block].config.slots;
  std::vector<size_t> chosen;
  for (size_t i = 0; i < slots.size(); ++i)
    if (std::find(when.begin(), when.end(), slots[i].when) != when.end() &&
        holds(slots[i].when, group))
      chosen.push_back(i);
  for (const size_t slot : chosen) open_slot(group, slot, iteration);
  return !chosen.empty();
}

Group GroupBuilder::make_group(DrawnPrompt drawn, size_t block, int64_t iteration) const {
  Group group;
  group.drawn = std::move(drawn);
  group.block = block;
  group.hinted = blocks_[block].config.hint != "none";
  group.trained_hinted = blocks_[block].config.hint == "shown";
  open_slots(group, {"always"}, iteration);
  return group;
}

std::string GroupBuilder::wanted_prompts() const {
  std::string words;
  for (const Block& block : blocks_)
    if (block.config.when == "always") words += (words.empty() ? "" : ", ") + block.config.prompts;
  return words;
}

std::vector<Group> GroupBuilder::open(std::vector<DrawnPrompt> prompts, int64_t iteration) const {
  const std::vector<size_t> assigned = assign_blocks(prompts);
  std::vector<Group> groups;
  for (size_t p = 0; p < prompts.size(); ++p)
    // Too few prompts with what a block wants: what it could not get is left out, never filled by another method.
    if (assigned[p] < blocks_.size())
      groups.push_back(make_group(std::move(prompts[p]), assigned[p], iteration));
  if (groups.empty() && !prompts.empty())
    throw DataError(
        "iteration {}: required prompts that a block of the recipe takes ({}), none of the {} "
        "drawn is one; "
        "give the data what the blocks ask for",
        iteration, wanted_prompts(), prompts.size());
  return groups;
}

void GroupBuilder::follow_up(std::vector<Group>& groups, int64_t iteration,
                             RoundCounts& counts) const {
  const size_t before = groups.size();
  for (size_t b = 0; b < blocks_.size(); ++b) {
    const GroupConfig& config = blocks_[b].config;
    if (config.when == "always") continue;
    for (size_t g = 0; g < before; ++g) {
      if (groups[g].stage > kSlotStages || !holds(config.when, groups[g])) continue;
      if (config.hint != "none" && groups[g].drawn.hinted_ids.empty()) {
        ++counts.without_hint;
        continue;
      }
      Group group = make_group(groups[g].drawn, b, iteration);
      group.asked = groups[g].asked;  // sample numbers run on
      groups[g].asked += blocks_[b].size;
      group.stage = kSlotStages + 1;
      groups.push_back(std::move(group));
      ++counts.followed_up;
    }
  }
  for (size_t g = 0; g < before; ++g) groups[g].stage = kSlotStages + 1;
}

std::vector<RoundRequest> GroupBuilder::requests_of(const std::vector<Group>& groups) const {
  std::vector<RoundRequest> requests;
  for (size_t g = 0; g < groups.size(); ++g) {
    // A prompt drawn again in the same iteration continues its sample numbers, so its responses are new ones.
    uint32_t sample = groups[g].drawn.occurrence * samples_of_prompt_ + groups[g].asked;
    for (const bool first : {true, false})
      for (size_t o = 0; o < groups[g].open.size(); ++o) {
        const Opening& opening = groups[g].open[o];
        if (opening.given.empty() != first) continue;
        const auto count = static_cast<uint32_t>(opening.count);
        requests.push_back(
            {.group = g, .opening = o, .sample_begin = sample, .sample_count = count});
        if (!opening.greedy) sample += count;
      }
  }
  return requests;
}

std::vector<RoundRequest> GroupBuilder::next_round(std::vector<Group>& groups,
                                                   const tokenizer::Tokenizer& tokenizer,
                                                   int64_t iteration, RoundCounts& counts) const {
  std::vector<RoundRequest> requests = requests_of(groups);
  if (requests.empty())
    for (Group& group : groups) {
      for (Trajectory& trajectory : group.trajectories) verify(group, trajectory, tokenizer);
      if (group.probe) verify(group, *group.probe, tokenizer);
    }
  for (size_t stage = 1; requests.empty() && stage <= kSlotStages; ++stage) {
    for (Group& group : groups) {
      if (group.stage >= stage) continue;
      group.stage = stage;
      const bool opened = stage == 1 ? open_slots(group, {"greedy_fail"}, iteration)
                                     : open_slots(group, {"after", "all_fail"}, iteration);
      counts.followed_up += opened ? 1 : 0;
    }
    requests = requests_of(groups);
  }
  if (requests.empty()) {
    follow_up(groups, iteration, counts);
    requests = requests_of(groups);
  }
  counts.rounds += requests.empty() ? 0 : 1;
  return requests;
}

void GroupBuilder::fill(std::vector<Group>& groups, std::vector<Sampled> samples,
                        int64_t policy_version) const {
  for (Sampled& sampled : samples) {
    Group& group = groups[sampled.group];
    Opening& opening = group.open[sampled.opening];
    --opening.count;
    const bool probe = opening.greedy;
    Trajectory trajectory = sampled_trajectory(
        opening, std::move(sampled), group.hinted == group.trained_hinted, policy_version);
    if (probe)
      group.probe = std::move(trajectory);
    else
      group.trajectories.push_back(std::move(trajectory)), ++group.asked;
  }
  for (Group& group : groups)
    std::erase_if(group.open, [](const Opening& opening) { return opening.count == 0; });
}

void GroupBuilder::verify(const Group& group, Trajectory& trajectory,
                          const tokenizer::Tokenizer& tokenizer) const {
  if (!trajectory.reward_parts.empty()) return;
  trajectory.verdict = data::verify(group.drawn.prompt, tokenizer.decode(trajectory.response_ids));
  trajectory.reward =
      trajectory.verdict.outcome == data::Outcome::unscored
          ? 0.0
          : reward_(trajectory.verdict, static_cast<int64_t>(trajectory.response_ids.size()));
  trajectory.reward_parts["verdict"] = trajectory.reward;
}

void GroupBuilder::judge(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer) const {
  std::erase_if(groups, [](const Group& group) { return group.trajectories.empty(); });
  for (size_t g = 0; g < groups.size(); ++g)
    for (Trajectory& trajectory : groups[g].trajectories) {
      trajectory.group = static_cast<int64_t>(g);
      verify(groups[g], trajectory, tokenizer);
    }
  const std::vector<double> advantages = advantage_(facts_of(groups));
  size_t sequence = 0;
  for (Group& group : groups)
    for (Trajectory& trajectory : group.trajectories) {
      trajectory.advantage = trajectory.own_advantage.value_or(advantages[sequence]);
      ++sequence;
    }
}

void GroupBuilder::write(const RoundCounts& counts, nlohmann::json& values) const {
  bool conditions = false, hints = false;
  for (const Block& block : blocks_) {
    conditions |= block.config.when != "always";
    hints |= block.config.hint != "none";
    for (const SlotConfig& slot : block.config.slots) conditions |= slot.when != "always";
  }
  if (!conditions) return;
  values["rollout/generations"] = counts.rounds;
  values["rollout/followed_up"] = counts.followed_up;
  if (hints) values["rollout/without_hint"] = counts.without_hint;
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
      facts.greedy_reward.push_back(group.probe ? group.probe->reward
                                                : std::numeric_limits<double>::quiet_NaN());
    }
  return facts;
}

}  // namespace rlreason::train
