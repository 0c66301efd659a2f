// What a run writes of each iteration: one step record of named numbers, now and then the rollouts themselves.
//
// Metric names are train/…, rollout/…, demonstration/…, time/…; a metric is written only where it is defined (no zero stands
// for "not measured").  Everything except time/… is the same after a resume.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "core/tokenizer/tokenizer.h"
#include "trainers/groups.h"
#include "trainers/state.h"
#include "trainers/update.h"

namespace rlreason::train {

inline constexpr int64_t kRolloutRecordEvery = 10;  // iterations between records of all rollouts

// The vocabulary of a character-level model trained from scratch: printable ASCII and the newline.
inline constexpr std::string_view kCharacters =
    "\n "
    "!\"#$%&'()*+,-./"
    "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

struct IterationTimes {
  double generate_s = 0, update_s = 0, total_s = 0;
};

nlohmann::json step_record(const TrainState& state, const std::vector<Group>& groups,
                           const UpdateReport& report, const IterationTimes& times,
                           const std::set<int32_t>& demonstration_starts,
                           const tokenizer::Tokenizer& tokenizer);
nlohmann::json rollout_record(int64_t iteration, const std::vector<Group>& groups,
                              const tokenizer::Tokenizer& tokenizer);

}  // namespace rlreason::train
