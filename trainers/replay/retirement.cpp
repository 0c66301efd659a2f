#include "trainers/replay/retirement.h"

namespace rlreason::train {

bool RetiredPrompts::note(const std::string& key, int64_t right, int64_t responses) {
  if (!on() || responses == 0) return false;
  // As a quotient, so that 9 of 10 is 0.9.
  if (static_cast<double>(right) / static_cast<double>(responses) < config_.pass_rate) return false;
  return keys_.insert(key).second;
}

}  // namespace rlreason::train
