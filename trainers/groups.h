// From prompts to finished groups of trajectories: slots, rounds of generation, verdicts, rewards, advantages.
//
// Legend: S sequences of the iteration.
// Each prompt gets the template of one block of groups: blocks that want demonstrations choose first, evenly spread over the
// prompts that carry one, so that contiguous mini-batches get their share of each block.
// A guided slot gives its response the first tokens of a demonstration and has the policy write the rest: two spans.
// A round is a list of requests; the loop asks for the next round until there is none.  Today there is one round (the open
// policy and guided slots); resampling, hints for failed groups and retries are further rounds of the same function.
// No LibTorch: generation is a callback.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/tokenizer/tokenizer.h"
#include "trainers/group_facts.h"
#include "trainers/guidance.h"
#include "trainers/piece.h"
#include "trainers/prompts.h"
#include "trainers/trajectory.h"

namespace rlreason::train {

// The first tokens of a demonstration that a response of the policy goes on from.
struct Prefix {
  size_t demonstration = 0;
  int32_t tokens = 0;
  bool trained = true;
  bool operator==(const Prefix&) const = default;
};

struct Group {
  DrawnPrompt drawn;
  size_t block = 0;                      // which template of the recipe
  std::vector<Trajectory> trajectories;  // demonstrations first, then the policy's by sample number
  int64_t open_slots = 0;                // policy responses still missing

  bool kept() const {  // something to train on
    for (const Trajectory& trajectory : trajectories)
      if (trajectory.kept) return true;
    return false;
  }
  std::vector<Prefix> open_prefixes;  // of guided responses still missing
};

struct RoundRequest {
  size_t group = 0;
  uint32_t sample_begin = 0, sample_count = 0;
  Prefix prefix{};  // no tokens: from the prompt alone
};

struct Sampled {
  size_t group = 0;
  Prefix prefix{};
  uint32_t sample = 0;
  std::vector<int32_t> response_ids;
  std::vector<float> behavior_logprob, old_logprob;
  FinishReason finish = FinishReason::eos;
};

class GroupBuilder {
 public:
  GroupBuilder(const TrainConfig& config, uint64_t seed);

  // Demonstrations placed; what the policy has to write is open.
  std::vector<Group> open(std::vector<DrawnPrompt> prompts, int64_t iteration) const;
  std::vector<RoundRequest> next_round(
      const std::vector<Group>& groups) const;  // empty: all slots are filled
  void fill(std::vector<Group>& groups, std::vector<Sampled> samples, int64_t policy_version) const;

  // Verdicts, rewards, advantages.  Groups without trajectories are removed first.
  void judge(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer) const;
  static GroupFacts facts_of(const std::vector<Group>& groups);

 private:
  struct Block {
    GroupConfig config;
    std::vector<GuidanceFunction> guidance;  // per slot; empty: the whole demonstration
  };
  std::vector<size_t> assign_blocks(const std::vector<DrawnPrompt>& prompts) const;  // per prompt
  void place(Group& group, const SlotConfig& slot, const GuidanceFunction& guidance,
             int64_t iteration) const;
  uint64_t seed_;
  std::vector<Block> blocks_;
  std::vector<GroupConfig> block_configs_;
  uint32_t largest_group_ = 0;
  RewardFunction reward_;
  AdvantageFunction advantage_;
};

}  // namespace rlreason::train
