// From prompts to finished groups of trajectories: slots, rounds of generation, verdicts, rewards, advantages.
//
// Legend: S sequences of the iteration.
// Each prompt gets the template of one block of groups: blocks that want demonstrations choose first, evenly spread over the
// prompts that carry one, so that contiguous mini-batches get their share of each block.
// What a group still misses are openings: the tokens a response is given (none, part of a demonstration, the beginning of a
// failed response) and who writes the rest (the policy, or an anchor by name).
// Replayed responses come with their prompt (DrawnPrompt::replayed, trainers/replaying.h); a slot takes them in their order.
// The loop asks for rounds of requests until there is none.  The first round holds the unconditional slots and the greedy
// probes; slots and blocks with a condition (`when`) follow once the verdicts they wait for are there.
// A block with a hint samples from the hinted prompt; `stripped` trains its responses under the plain prompt, whose log-probs
// nobody recorded, `shown` under the hinted one.
// No LibTorch: generation is the caller's.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizer/tokenizer.h"
#include "trainers/group_facts.h"
#include "trainers/guidance.h"
#include "trainers/openings.h"
#include "trainers/piece.h"
#include "trainers/prompts.h"
#include "trainers/trajectory.h"

namespace rlreason::train {

struct Solved {
  int64_t right = 0, responses = 0;
};

struct Group {
  DrawnPrompt drawn;
  size_t block = 0;                      // which template of the recipe, in the order of its blocks
  std::vector<Trajectory> trajectories;  // demonstrations first, then the policy's by sample number
  std::vector<Opening> open;             // what is missing
  std::optional<Trajectory> probe;       // the greedy response
  uint32_t asked = 0;                    // samples asked for so far
  size_t stage = 0;                      // conditions seen to
  int64_t replay_missing = 0;            // replay slots that found nothing to replay
  bool hinted = false;                   // sampled from drawn.hinted_ids
  bool trained_hinted = false;           // and trained under it

  const std::vector<int32_t>& sampling_prompt() const {
    return hinted ? drawn.hinted_ids : drawn.prompt_ids;
  }
  const std::vector<int32_t>& training_prompt() const {
    return trained_hinted ? drawn.hinted_ids : drawn.prompt_ids;
  }
  Solved solved() const;      // of the policy's own responses
  double solve_rate() const;  // likewise; 0 without any
  bool kept() const {         // something to train on
    for (const Trajectory& trajectory : trajectories)
      if (trajectory.kept) return true;
    return false;
  }
};

struct RoundRequest {
  size_t group = 0, opening = 0;
  uint32_t sample_begin = 0, sample_count = 0;
};

// What an iteration's conditions led to, for the log.
struct RoundCounts {
  int64_t rounds = 0;
  int64_t followed_up = 0;    // groups that got further slots, or were made, because a condition held
  int64_t without_hint = 0;   // groups that wanted a hint their prompt does not have: left out
};

class GroupBuilder {
 public:
  GroupBuilder(const TrainConfig& config, uint64_t seed);

  // Demonstrations placed; what has to be written is open.  DataError when no block takes any of the prompts.
  std::vector<Group> open(std::vector<DrawnPrompt> prompts, int64_t iteration) const;
  // Judges what came since, opens what was waiting for it (which may append groups), and asks for what is open.
  // Empty: all slots are filled.
  std::vector<RoundRequest> next_round(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer, int64_t iteration,
                                       RoundCounts& counts) const;
  void fill(std::vector<Group>& groups, std::vector<Sampled> samples, int64_t policy_version) const;

  // Verdicts, rewards, advantages.  Groups without trajectories are removed first.
  void judge(std::vector<Group>& groups, const tokenizer::Tokenizer& tokenizer) const;
  static GroupFacts facts_of(const std::vector<Group>& groups);
  // rollout/generations, rollout/followed_up and, with hints, rollout/without_hint; nothing for recipes without conditions.
  void write(const RoundCounts& counts, nlohmann::json& values) const;

 private:
  struct Block {
    GroupConfig config;
    std::vector<GuidanceFunction> guidance;  // per slot; empty: the whole demonstration
    uint32_t size = 0;                       // responses of all slots
  };
  std::vector<size_t> assign_blocks(const std::vector<DrawnPrompt>& prompts) const;  // per prompt
  bool takes(size_t block, const DrawnPrompt& prompt, bool second_choice) const;
  std::string wanted_prompts() const;  // of the unconditional blocks, for errors
  Group make_group(DrawnPrompt drawn, size_t block, int64_t iteration) const;
  bool open_slots(Group& group, std::initializer_list<std::string_view> when, int64_t iteration) const;
  void open_slot(Group& group, size_t slot, int64_t iteration) const;
  Sequence choices_of(const Group& group, int64_t iteration, uint32_t kind) const;
  void place_demonstrations(Group& group, size_t slot, int64_t iteration) const;
  void place_replayed(Group& group, const SlotConfig& slot) const;
  void place_retries(Group& group, size_t slot, int64_t iteration) const;
  void follow_up(std::vector<Group>& groups, int64_t iteration, RoundCounts& counts) const;
  void verify(const Group& group, Trajectory& trajectory, const tokenizer::Tokenizer& tokenizer) const;
  std::vector<RoundRequest> requests_of(const std::vector<Group>& groups) const;

  uint64_t seed_;
  std::vector<Block> blocks_;
  std::vector<int64_t> sizes_of(size_t prompts) const;
  uint32_t samples_of_prompt_ = 0;           // most that one drawing of a prompt can ask for
  RewardFunction reward_;
  AdvantageFunction advantage_;
};

}  // namespace rlreason::train
