// One row per sequence of an iteration, in 64-bit floats on the host: what filters and advantages work on.
//
// Legend: S sequences.  Global: the same on every rank.  No LibTorch.
#pragma once

#include <cstdint>
#include <vector>

#include "core/source.h"
#include "datasets/prompt.h"

namespace rlreason::train {

struct GroupFacts {
  std::vector<int64_t> group;          // [S] prompts of one iteration are numbered from 0
  std::vector<Source> source;          // [S] policy or demonstration
  std::vector<data::Outcome> outcome;  // [S]
  std::vector<double> reward;          // [S] 0 where unscored
  std::vector<int64_t> length;         // [S] response tokens
  std::vector<bool> truncated;         // [S] ended by the length limit
  std::vector<double> greedy_reward;   // [S] of the prompt's greedy response; NaN where none was asked for; may be empty

  size_t size() const { return group.size(); }
  bool scored(size_t sequence) const { return outcome[sequence] != data::Outcome::unscored; }
};

}  // namespace rlreason::train
