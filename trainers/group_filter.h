// Which of an iteration's judged sequences are trained on: the recipe's filters, and how many groups it wanted.
//
// Filters see all judged sequences at once and never change rewards or advantages; a sequence that any filter drops is marked
// (Trajectory::kept) and packed nowhere.  With rollout.resample the loop draws further prompts until as many groups are kept as
// the first draw had, or its rounds are used up; then the iteration goes on with what it has, and the log says how many that is.
// No LibTorch.  Thread safety: const after construction.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "trainers/groups.h"
#include "trainers/piece.h"

namespace rlreason::train {

class GroupFilter {
 public:
  explicit GroupFilter(const TrainConfig& config);

  void apply(std::vector<Group>& groups) const;  // from the verdicts alone: earlier marks do not matter
  static int64_t kept(const std::vector<Group>& groups);  // groups with something to train on
  // Later groups beyond `wanted` kept ones are left out.
  static void keep_first(std::vector<Group>& groups, int64_t wanted);
  // A prompt drawn in an earlier round continues its sample numbers.
  static void number(const std::vector<Group>& earlier, std::vector<Group>& later);
  // train/kept_groups, train/kept_sequences (shares) and rollout/rounds; nothing without filters.
  void write(const std::vector<Group>& groups, int64_t rounds, nlohmann::json& values) const;

 private:
  std::vector<FilterFunction> filters_;
};

}  // namespace rlreason::train
