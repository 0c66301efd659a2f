// Prompts that are not drawn again because the policy solves them (RetireConfig).
//
// Which prompt takes a retired one's place is the sampler's business (trainers/prompts.h).
// Source: ScaleRL (arXiv:2510.13786: pass rate 0.9 and above, for good); ExGRPO mix_trainer_experience.py (all right).
// Thread safety: one owner.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "trainers/catalog/replay_config.h"

namespace rlreason::train {

class RetiredPrompts {
 public:
  explicit RetiredPrompts(RetireConfig config) : config_(std::move(config)) {}

  bool on() const { return config_.pass_rate > 0; }
  // Notes a prompt's group; whether it retires now.  A group without scored responses says nothing.
  bool note(const std::string& key, int64_t right, int64_t responses);
  bool contains(const std::string& key) const { return keys_.contains(key); }
  size_t size() const { return keys_.size(); }
  const std::set<std::string>& keys() const { return keys_; }

  nlohmann::json state() const { return keys_; }
  void restore(const nlohmann::json& state) { keys_ = state.get<std::set<std::string>>(); }

 private:
  RetireConfig config_;
  std::set<std::string> keys_;  // replay_key of each
};

}  // namespace rlreason::train
