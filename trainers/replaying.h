// Replay and retirement of one run, between the loop and the store: which prompts and earlier responses join an iteration, and what
// of it is kept.
//
// Order of an iteration: retired() for the sampler, join() before the groups are opened, collect() once they are judged and updated.
// A prompt drawn for replay stands where a fresh one stood, evenly spread; the fresh one's turn is lost (ExGRPO drops the rest of
// the loader's batch in the same way).  A replayed response keeps the log-probs it was sampled with as behavior_logprob; its old
// log-probs are scored again before the update, since the old policy is now another one.
// Files: trainers/replay/archive.h.  No LibTorch: scores under the current policy are the caller's.
// Errors: as archive.h.  Thread safety: one owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trainers/groups.h"
#include "trainers/replay/archive.h"
#include "trainers/replay/retirement.h"

namespace rlreason::train {

// A response that may be replayed, to be scored under the current policy.
struct ReplayCandidate {
  const std::vector<int32_t>* prompt_ids = nullptr;
  const std::vector<int32_t>* response_ids = nullptr;
};
// One score each, by ReplayConfig::pick; the lowest are replayed.
using ScoreCandidates = std::function<std::vector<double>(const std::vector<ReplayCandidate>&)>;

class Replayer {
 public:
  Replayer(const TrainConfig& config, uint64_t seed, const std::filesystem::path& run_dir);

  bool on() const { return archive_ || retired_.on(); }  // whether a checkpoint holds its state
  const RetiredPrompts* retired() const { return retired_.on() ? &retired_ : nullptr; }

  // The iteration's prompts with those of the store among them, and the responses that slots may replay.
  std::vector<DrawnPrompt> join(std::vector<DrawnPrompt> fresh, int64_t iteration, const ScoreCandidates& score);
  void collect(const std::vector<Group>& groups, int64_t iteration);
  // replay/… and retire/… of the iteration collected last; `version` is the policy's that was trained.
  void write(const std::vector<Group>& groups, int64_t iteration, int64_t version, nlohmann::json& values) const;

  // State: written into a checkpoint's folder, read back, judged before it is used, and cleaned up after.
  void save(const std::filesystem::path& folder);
  void restore(const std::filesystem::path& folder);
  // The same from a checkpoint of another run directory, which is only read; nothing happens without state in it.
  void borrow(const std::filesystem::path& folder, const std::filesystem::path& run_dir);
  std::optional<std::string> problem_of(const std::filesystem::path& folder) const;
  void clean(const std::vector<std::filesystem::path>& checkpoints) const;

 private:
  void restore_from(const std::filesystem::path& folder, ReplayArchive* archive);
  // Key of each prompt, empty where nothing is looked up.
  std::vector<std::string> replace_some(std::vector<DrawnPrompt>& prompts, int64_t iteration) const;
  void attach(std::vector<DrawnPrompt>& prompts, const std::vector<std::string>& keys, int64_t iteration, const ScoreCandidates& score) const;
  Trajectory trajectory_of(const Experience& experience) const;

  ReplayConfig config_;
  std::string retire_count_;
  std::vector<GroupConfig> blocks_;
  bool active_ = false;     // in the iteration joined last
  int64_t most_slots_ = 0;  // largest number of replayed responses a group can take
  ReplayStore store_;
  std::optional<ReplayArchive> archive_;  // where the recipe replays
  RetiredPrompts retired_;
};

}  // namespace rlreason::train
