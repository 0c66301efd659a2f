// From prompts to finished groups of trajectories: slots, rounds of generation, verdicts, rewards, advantages.
//
// Legend: S sequences of the iteration.
// A round is a list of requests; the loop asks for the next round until there is none.  Today there is one round (the open
// policy slots); resampling, hints for failed groups and retries are further rounds of the same function.
// No LibTorch: generation is a callback.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/tokenizer/tokenizer.h"
#include "trainers/group_facts.h"
#include "trainers/piece.h"
#include "trainers/prompts.h"
#include "trainers/trajectory.h"

namespace rlreason::train {

struct Group {
  DrawnPrompt drawn;
  std::vector<Trajectory> trajectories;  // demonstrations first, then the policy's by sample number
  int64_t open_slots = 0;                // policy responses still missing

  bool kept() const {  // something to train on
    for (const Trajectory& trajectory : trajectories)
      if (trajectory.kept) return true;
    return false;
  }
};

struct RoundRequest {
  size_t group = 0;
  uint32_t sample_begin = 0, sample_count = 0;
};

struct Sampled {
  size_t group = 0;
  uint32_t sample = 0;
  std::vector<int32_t> response_ids;
  std::vector<float> behavior_logprob, old_logprob;
  FinishReason finish = FinishReason::eos;
};

class GroupBuilder {
 public:
  explicit GroupBuilder(const TrainConfig& config);

  std::vector<Group> open(std::vector<DrawnPrompt> prompts) const;  // demonstrations placed
  std::vector<RoundRequest> next_round(
      const std::vector<Group>& groups) const;  // empty: all slots are filled
  void fill(std::vector<Group>& groups, std::vector<Sampled> samples, int64_t policy_version) const;

  // Verdicts, rewards, advantages.  Groups without trajectories are removed first.
  void judge(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer) const;
  static GroupFacts facts_of(const std::vector<Group>& groups);

 private:
  std::vector<SlotConfig> slots_;
  RewardFunction reward_;
  AdvantageFunction advantage_;
};

}  // namespace rlreason::train
