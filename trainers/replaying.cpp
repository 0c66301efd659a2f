#include "trainers/replaying.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/process/io.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

int64_t group_size(const std::vector<GroupConfig>& blocks) {
  int64_t largest = 1;
  for (const GroupConfig& block : blocks) largest = std::max(largest, responses_of(block));
  return largest;
}

int64_t replay_slots(const std::vector<GroupConfig>& blocks) {
  int64_t most = 0;
  for (const GroupConfig& block : blocks) {
    int64_t own = 0;
    for (const SlotConfig& slot : block.slots) own += slot.source == "replay" ? slot.n : 0;
    most = std::max(most, own);
  }
  return most;
}

// Written by the policy just now, from the prompt as it is trained, all of it.
bool is_fresh(const Group& group, const Trajectory& own) {
  return !group.hinted && own.spans.size() == 1 && own.source() == Source::policy &&
         own.spans.front().policy_version >= 0;
}

void add_scored(const Trajectory& own, Solved& counts) {
  if (own.verdict.outcome == data::Outcome::unscored) return;
  ++counts.responses;
  counts.right += own.verdict.right() ? 1 : 0;
}

// Of the responses with a score: all of the group's, or the fresh ones.
Solved solved(const Group& group, const std::string& count) {
  Solved counts;
  for (const Trajectory& own : group.trajectories)
    if (count == "all" || is_fresh(group, own)) add_scored(own, counts);
  return counts;
}

Experience experience_of(const Trajectory& own, int64_t iteration) {
  Experience experience;
  experience.response_ids = own.response_ids;
  experience.behavior_logprob = own.behavior_logprob;
  experience.old_logprob = own.old_logprob;
  experience.finish = own.finish;
  experience.verdict = own.verdict;
  experience.reward = own.reward;
  experience.advantage = own.advantage;
  experience.iteration = iteration;
  experience.policy_version = own.spans.front().policy_version;
  return experience;
}

}  // namespace

Replayer::Replayer(const TrainConfig& config, uint64_t seed, const std::filesystem::path& run_dir)
    : config_(config.replay),
      retire_count_(config.retire.count),
      blocks_(group_blocks(config)),
      most_slots_(replay_slots(blocks_)),
      store_(config.replay, seed, group_size(blocks_)),
      retired_(config.retire) {
  if (most_slots_ > 0) archive_.emplace(run_dir);
}

Trajectory Replayer::trajectory_of(const Experience& experience) const {
  Trajectory own;
  own.response_ids = experience.response_ids;
  own.behavior_logprob = experience.behavior_logprob;
  own.finish = experience.finish;
  own.spans = {{.begin = 0,
                .end = static_cast<int32_t>(own.response_ids.size()),
                .source = Source::replay,
                .policy_version = experience.policy_version}};
  if (config_.advantage != "group") own.own_advantage = store_.advantage_of(experience);
  own.experience = experience.id;
  return own;
}

std::vector<std::string> Replayer::replace_some(std::vector<DrawnPrompt>& prompts,
                                                int64_t iteration) const {
  const std::vector<int64_t> sizes = block_sizes(blocks_, static_cast<int64_t>(prompts.size()));
  int64_t wanted = 0;
  for (size_t b = 0; b < blocks_.size(); ++b)
    wanted += blocks_[b].prompts == "replay" ? sizes[b] : 0;
  // A fresh prompt replays only in blocks that are not made of replayed prompts.
  const bool lookups = std::any_of(blocks_.begin(), blocks_.end(), [](const GroupConfig& block) {
    return block.prompts != "replay" && replay_slots({block}) > 0;
  });
  std::vector<std::string> keys;
  for (const DrawnPrompt& own : prompts)
    keys.push_back(lookups ? replay_key(own.prompt) : std::string());
  const std::vector<std::string> drawn =
      wanted > 0 ? store_.draw_prompts(wanted, iteration) : std::vector<std::string>();
  for (size_t i = 0; i < drawn.size(); ++i) {
    const size_t place = (2 * i + 1) * prompts.size() / (2 * drawn.size());
    const ReplayPrompt& stored = store_.prompt(drawn[i]);
    DrawnPrompt own;
    own.prompt = stored.prompt;
    own.prompt_ids = stored.prompt_ids;
    own.from_replay = true;
    prompts[place] = std::move(own);
    keys[place] = drawn[i];
  }
  number_occurrences(prompts);
  return keys;
}

void Replayer::attach(std::vector<DrawnPrompt>& prompts, const std::vector<std::string>& keys,
                      int64_t iteration, const ScoreCandidates& score) const {
  std::map<int64_t, double> scores;
  if (store_.needs_scores()) {
    std::vector<int64_t> ids;
    for (const std::string& key : keys)
      if (const auto own = store_.candidates(key); static_cast<int64_t>(own.size()) > most_slots_)
        ids.insert(ids.end(), own.begin(), own.end());
    std::vector<ReplayCandidate> candidates;
    for (const int64_t id : ids) {
      const Experience& own = store_.entries().at(id);
      candidates.push_back(
          {.prompt_ids = &store_.prompt(own.prompt).prompt_ids, .response_ids = &own.response_ids});
    }
    const std::vector<double> values =
        candidates.empty() ? std::vector<double>() : score(candidates);
    for (size_t i = 0; i < ids.size(); ++i) scores[ids[i]] = values[i];
  }
  for (size_t p = 0; p < prompts.size(); ++p)
    for (const int64_t id : store_.pick(keys[p], most_slots_, iteration, scores))
      prompts[p].replayed.push_back(trajectory_of(store_.entries().at(id)));
}

std::vector<DrawnPrompt> Replayer::join(std::vector<DrawnPrompt> prompts, int64_t iteration,
                                        const ScoreCandidates& score) {
  if (!archive_) return prompts;
  store_.expire(iteration);
  active_ = store_.active(iteration);
  if (!active_) return prompts;
  const std::vector<std::string> keys = replace_some(prompts, iteration);
  attach(prompts, keys, iteration, score);
  return prompts;
}

void Replayer::collect(const std::vector<Group>& groups, int64_t iteration) {
  for (const Group& group : groups)  // all of them first: what comes may take an entry's place
    for (const Trajectory& own : group.trajectories)
      if (own.experience > 0) store_.use(own.experience);
  Solved all;
  std::vector<double> rewards;
  for (const Group& group : groups) {
    std::vector<Experience> fresh;
    for (const Trajectory& own : group.trajectories) {
      if (!is_fresh(group, own)) continue;
      add_scored(own, all);
      rewards.push_back(own.reward);
      fresh.push_back(experience_of(own, iteration));
    }
    if (!archive_) continue;
    const Solved counts = solved(group, config_.count);
    ReplayPrompt prompt{.prompt = group.drawn.prompt, .prompt_ids = group.drawn.prompt_ids};
    prompt.prompt.demonstrations.clear();
    store_.collect({.prompt = std::move(prompt),
                    .fresh = std::move(fresh),
                    .right = counts.right,
                    .responses = counts.responses});
  }
  for (const Group& group : groups) {
    const Solved counts = solved(group, retire_count_);
    const std::string key = replay_key(group.drawn.prompt);
    if (retired_.note(key, counts.right, counts.responses)) store_.forget(key);
  }
  store_.end_iteration(
      all.responses > 0 ? static_cast<double>(all.right) / static_cast<double>(all.responses) : 0.0,
      rewards);
}

void Replayer::write(const std::vector<Group>& groups, int64_t iteration, int64_t version,
                     nlohmann::json& values) const {
  if (retired_.on()) values["retire/prompts"] = retired_.size();
  if (!archive_) return;
  double replayed = 0, sequences = 0, lag = 0, lag_max = 0, missing = 0;
  for (const Group& group : groups) {
    missing += static_cast<double>(group.replay_missing);
    for (const Trajectory& own : group.trajectories) {
      sequences += 1;
      if (own.experience == 0) continue;
      replayed += 1;
      const auto steps = static_cast<double>(version - own.spans.front().policy_version);
      lag += steps;
      lag_max = std::max(lag_max, steps);
    }
  }
  values["replay/active"] = active_ ? 1 : 0;
  values["replay/share"] = sequences > 0 ? replayed / sequences : 0.0;
  values["replay/missing"] = active_ ? missing : 0.0;
  if (replayed > 0) values["replay/lag_mean"] = lag / replayed, values["replay/lag_max"] = lag_max;
  double age = 0, age_max = 0, used = 0;
  for (const auto& [id, own] : store_.entries()) {
    const auto iterations = static_cast<double>(iteration - own.iteration);
    age += iterations;
    age_max = std::max(age_max, iterations);
    used += static_cast<double>(own.used);
  }
  const auto size = static_cast<double>(store_.entries().size());
  values["replay/size"] = size;
  values["replay/prompts"] = store_.prompts();
  if (size > 0) {
    values["replay/age_mean"] = age / size;
    values["replay/age_max"] = age_max;
    values["replay/used_mean"] = used / size;
  }
  for (const auto& [right, prompts] : store_.buckets())
    values[fmt::format("replay/bucket_{}", right)] = prompts;
  const ReplayCounts& counts = store_.counts();
  values["replay/admitted"] = counts.admitted;
  values["replay/duplicates"] = counts.duplicates;
  values["replay/evicted"] = counts.evicted;
  values["replay/expired"] = counts.expired;
}

void Replayer::save(const std::filesystem::path& folder) {
  if (!on()) return;
  nlohmann::json state = {{"retired", retired_.state()}};
  if (archive_) state["replay"] = archive_->save(store_);
  process::write_file_atomic(folder / ReplayArchive::kIndexFile, state.dump() + "\n");
}

void Replayer::restore(const std::filesystem::path& folder) {
  if (on()) restore_from(folder, archive_ ? &*archive_ : nullptr);
}

void Replayer::borrow(const std::filesystem::path& folder, const std::filesystem::path& run_dir) {
  ReplayArchive other(run_dir);
  if (on() && std::filesystem::exists(folder / ReplayArchive::kIndexFile))
    restore_from(folder, archive_ ? &other : nullptr);
}

void Replayer::restore_from(const std::filesystem::path& folder, ReplayArchive* archive) {
  const std::filesystem::path file = folder / ReplayArchive::kIndexFile;
  const nlohmann::json state = nlohmann::json::parse(process::read_file(file), nullptr, false);
  try {
    retired_.restore(state.at("retired"));
    if (archive) archive->load(state.at("replay"), store_, file.string());
  } catch (const nlohmann::json::exception& error) {
    throw DataError("{}: required the state of replay, {}; the checkpoint is damaged",
                    file.string(), error.what());
  }
}

std::optional<std::string> Replayer::problem_of(const std::filesystem::path& folder) const {
  return archive_ ? archive_->problem_of(folder) : std::nullopt;
}

void Replayer::clean(const std::vector<std::filesystem::path>& checkpoints) const {
  if (archive_) archive_->remove_unreferenced(checkpoints);
}

}  // namespace rlreason::train
