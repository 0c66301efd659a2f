// A run's own responses, kept to be trained on again: who gets in, who goes, which prompts and responses are drawn.
//
// Rules are those of ReplayConfig.  Order of an iteration: expire(), draw_prompts() and pick() for its groups, collect() for each
// judged group, end_iteration().  What is drawn depends on the seed, the iteration and what is in the store, never on the clock or on
// the order of calls.
// Not here: groups and packing (trainers/groups.h), files (archive.h), scores under the current policy (a caller's number each).
// Invariants: every entry's prompt is known; a prompt without entries is not drawn and not kept.
// Errors: BugError for an unknown id or prompt; DataError when a restored state does not fit its entries.
// Thread safety: one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "trainers/catalog/replay_config.h"
#include "trainers/replay/experience.h"

namespace rlreason::train {

// One group after its verdicts, as replay sees it.
struct JudgedGroup {
  ReplayPrompt prompt;
  std::vector<Experience> fresh;  // the policy's own new responses; id, prompt, right, responses and used are filled in here
  int64_t right = 0, responses = 0;  // over scored responses, counted as the settings say
};

struct ReplayCounts {  // of one iteration
  int64_t admitted = 0, duplicates = 0, evicted = 0, expired = 0;
};

class ReplayStore {
 public:
  // `responses`: of a full group, the n of the bucket weights.
  ReplayStore(ReplayConfig config, uint64_t seed, int64_t responses);

  bool active(int64_t iteration) const;  // whether this iteration replays
  void expire(int64_t iteration);        // drops what is too old for it

  // Keys of up to `wanted` different prompts that have something to replay, by buckets where the settings say so.
  std::vector<std::string> draw_prompts(int64_t wanted, int64_t iteration) const;
  // Ids of a prompt's entries that may be replayed, ascending; empty for an unknown prompt.
  std::vector<int64_t> candidates(const std::string& prompt) const;
  bool needs_scores() const { return config_.pick == "entropy_min" || config_.pick == "nll_min"; }
  // Up to n of the candidates by the pick rule; `scores` by id where it needs them: the lowest come first.
  std::vector<int64_t> pick(const std::string& prompt, int64_t n, int64_t iteration, const std::map<int64_t, double>& scores) const;
  // One of those is replayed now.
  void use(int64_t id);
  double advantage_of(const Experience& experience) const;  // by the settings stored and recent

  void collect(JudgedGroup group);
  // `solve_rate` and rewards of the policy's own responses in this iteration.
  void end_iteration(double solve_rate, const std::vector<double>& rewards);
  void forget(const std::string& prompt);  // retired: its entries go

  const std::map<int64_t, Experience>& entries() const { return entries_; }
  const ReplayPrompt& prompt(const std::string& key) const;
  size_t prompts() const { return prompts_.size(); }
  std::map<int64_t, int64_t> buckets() const;  // prompts by number of right responses
  bool started() const { return started_; }
  const ReplayCounts& counts() const { return counts_; }  // since begin of the iteration

  // Everything but what segments hold (archive.h), and back.
  nlohmann::json state() const;
  void restore(const nlohmann::json& state, std::map<int64_t, Experience> entries, const std::map<std::string, ReplayPrompt>& prompts,
               const std::string& where);

 private:
  struct Known {
    ReplayPrompt prompt;
    int64_t right = 0;               // of its latest group that had any
    std::vector<int64_t> entries{};  // ids, ascending
  };
  Sequence numbers(const std::string& prompt, int64_t iteration) const;
  bool admits(const JudgedGroup& group, const Experience& experience) const;
  void insert(Known& known, Experience experience);
  void remove(int64_t id);
  int64_t next_to_evict() const;
  double recent_quantile() const;  // sorts: kept in quantile_

  ReplayConfig config_;
  uint64_t seed_;
  int64_t responses_;
  std::map<int64_t, Experience> entries_;  // by id
  std::map<std::string, Known> prompts_;   // by key
  std::deque<double> recent_;              // latest rewards, oldest first
  int64_t next_id_ = 1;
  bool started_;
  double quantile_ = 0;  // of recent_
  ReplayCounts counts_;
};

}  // namespace rlreason::train
