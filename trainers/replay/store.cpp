#include "trainers/replay/store.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/digest.h"
#include "core/error.h"
#include "trainers/replay/buckets.h"

namespace rlreason::train {
namespace {

bool same(const std::vector<float>& a, const std::vector<float>& b) {  // bit for bit but for NaN
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

bool same(const data::Verdict& a, const data::Verdict& b) {
  return a.outcome == b.outcome && a.rule == b.rule && a.reason == b.reason &&
         a.answer == b.answer && a.fuel == b.fuel;
}

}  // namespace

std::string replay_key(const data::Prompt& prompt) {
  return sha256(prompt.id + "\n" + prompt.text).substr(0, 24);
}

bool Experience::operator==(const Experience& other) const {
  return id == other.id && prompt == other.prompt && response_ids == other.response_ids &&
         same(behavior_logprob, other.behavior_logprob) && same(old_logprob, other.old_logprob) &&
         finish == other.finish && same(verdict, other.verdict) && reward == other.reward &&
         advantage == other.advantage && iteration == other.iteration &&
         policy_version == other.policy_version && right == other.right &&
         responses == other.responses && used == other.used;
}

ReplayStore::ReplayStore(ReplayConfig config, uint64_t seed, int64_t responses)
    : config_(std::move(config)),
      seed_(seed),
      responses_(responses),
      started_(config_.start_solve_rate == 0.0) {}

bool ReplayStore::active(int64_t iteration) const {
  return started_ && (config_.until == 0 || iteration < config_.until);
}

Sequence ReplayStore::numbers(const std::string& prompt, int64_t iteration) const {
  return Sequence({.seed = seed_,
                   .purpose = Purpose::order,
                   .iteration = static_cast<uint64_t>(iteration),
                   .prompt = hash_id("replay/" + prompt)});
}

void ReplayStore::expire(int64_t iteration) {
  counts_ = {};
  if (config_.max_age == 0) return;
  std::vector<int64_t> old;
  for (const auto& [id, own] : entries_)
    if (iteration - own.iteration > config_.max_age) old.push_back(id);
  for (const int64_t id : old) remove(id);
  counts_.expired = static_cast<int64_t>(old.size());
}

std::vector<std::string> ReplayStore::draw_prompts(int64_t wanted, int64_t iteration) const {
  Sequence random = numbers("", iteration);
  std::map<int64_t, std::vector<std::string>> buckets;  // without buckets: one
  for (const auto& [key, known] : prompts_)
    if (!candidates(key).empty())
      buckets[config_.buckets == "none" ? 0 : known.right].push_back(key);
  std::vector<int64_t> right, room;
  for (const auto& [k, keys] : buckets)
    right.push_back(k), room.push_back(static_cast<int64_t>(keys.size()));
  const std::vector<double> probability = config_.buckets == "none"
                                              ? std::vector<double>(right.size(), 1.0)
                                              : bucket_probabilities(config_, right, responses_);
  const std::vector<int64_t> counts = draw_buckets(wanted, probability, room, random);
  std::vector<std::string> drawn;
  size_t b = 0;
  for (auto& [k, keys] : buckets) {
    random.shuffle(keys);
    keys.resize(static_cast<size_t>(counts[b++]));
    drawn.insert(drawn.end(), keys.begin(), keys.end());
  }
  random.shuffle(drawn);  // else mini-batches would be sorted by bucket
  return drawn;
}

std::vector<int64_t> ReplayStore::candidates(const std::string& prompt) const {
  const auto known = prompts_.find(prompt);
  if (known == prompts_.end()) return {};
  if (config_.advantage != "recent") return known->second.entries;
  std::vector<int64_t> kept;
  for (const int64_t id : known->second.entries)
    if (advantage_of(entries_.at(id)) >= 0) kept.push_back(id);
  return kept;
}

std::vector<int64_t> ReplayStore::pick(const std::string& prompt, int64_t n, int64_t iteration,
                                       const std::map<int64_t, double>& scores) const {
  std::vector<int64_t> order = candidates(prompt);
  if (config_.pick == "newest") {
    std::reverse(order.begin(), order.end());
  } else if (config_.pick == "random") {
    Sequence random = numbers(prompt, iteration);
    random.shuffle(order);
  } else if (static_cast<int64_t>(order.size()) > n) {
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return scores.at(a) < scores.at(b); });
  }
  order.resize(std::min(order.size(), static_cast<size_t>(n)));
  return order;
}

void ReplayStore::use(int64_t id) {
  const auto own = entries_.find(id);
  RLR_ENSURE(own != entries_.end(), "no entry {} in the replay store", id);
  ++own->second.used;
}

double ReplayStore::recent_quantile() const {
  if (recent_.empty()) return 0;
  std::vector<double> ascending(recent_.begin(), recent_.end());
  std::sort(ascending.begin(), ascending.end());
  const double rank = config_.quantile * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (rank - std::floor(rank)) * (ascending[above] - ascending[below]);
}

double ReplayStore::advantage_of(const Experience& experience) const {
  return config_.advantage == "recent" ? experience.reward - quantile_ : experience.advantage;
}

bool ReplayStore::admits(const JudgedGroup& group, const Experience& experience) const {
  if (!started_ && !config_.collect_before_start) return false;
  if (config_.admit_groups == "unsolved" && group.right >= group.responses) return false;
  if (config_.admit == "right") return experience.verdict.right();
  return config_.admit == "any" || experience.advantage > config_.advantage_above;
}

void ReplayStore::insert(Known& known, Experience experience) {
  const bool twice = std::any_of(known.entries.begin(), known.entries.end(), [&](int64_t id) {
    return entries_.at(id).response_ids == experience.response_ids;
  });
  if (twice && config_.duplicates == "skip") {
    ++counts_.duplicates;
    return;
  }
  experience.id = next_id_++;
  known.entries.push_back(experience.id);
  entries_.emplace(experience.id, std::move(experience));
  ++counts_.admitted;
}

void ReplayStore::collect(JudgedGroup group) {
  const std::string key = replay_key(group.prompt.prompt);
  const auto known = prompts_.find(key);
  if (known != prompts_.end() && group.right > 0) known->second.right = group.right;
  for (Experience& own : group.fresh) {
    if (!admits(group, own)) continue;
    own.prompt = key;
    own.right = group.right;
    own.responses = group.responses;
    own.used = 0;
    Known& place = prompts_.try_emplace(key, Known{.prompt = group.prompt, .right = group.right})
                       .first->second;
    insert(place, std::move(own));
    if (config_.per_prompt > 0 && static_cast<int64_t>(place.entries.size()) > config_.per_prompt)
      remove(place.entries.front()), ++counts_.evicted;
  }
}

void ReplayStore::end_iteration(double solve_rate, const std::vector<double>& rewards) {
  started_ = started_ || solve_rate > config_.start_solve_rate;
  if (config_.advantage == "recent") {
    recent_.insert(recent_.end(), rewards.begin(), rewards.end());
    while (static_cast<int64_t>(recent_.size()) > config_.recent_rewards) recent_.pop_front();
    quantile_ = recent_quantile();
  }
  while (config_.capacity > 0 && static_cast<int64_t>(entries_.size()) > config_.capacity)
    remove(next_to_evict()), ++counts_.evicted;
}

int64_t ReplayStore::next_to_evict() const {
  if (config_.evict == "oldest") return entries_.begin()->first;
  const auto worse = [&](const auto& a, const auto& b) {  // ascending by id: the first of equals
    return config_.evict == "most_used" ? a.second.used > b.second.used
                                        : a.second.advantage < b.second.advantage;
  };
  return std::min_element(entries_.begin(), entries_.end(), worse)->first;
}

void ReplayStore::remove(int64_t id) {
  const auto own = entries_.find(id);
  const auto known = prompts_.find(own->second.prompt);
  std::erase(known->second.entries, id);
  if (known->second.entries.empty()) prompts_.erase(known);
  entries_.erase(own);
}

void ReplayStore::forget(const std::string& prompt) {
  const auto known = prompts_.find(prompt);
  if (known == prompts_.end()) return;
  for (const int64_t id : known->second.entries) entries_.erase(id);
  prompts_.erase(known);
}

const ReplayPrompt& ReplayStore::prompt(const std::string& key) const {
  const auto known = prompts_.find(key);
  RLR_ENSURE(known != prompts_.end(), "no prompt {} in the replay store", key);
  return known->second.prompt;
}

std::map<int64_t, int64_t> ReplayStore::buckets() const {
  std::map<int64_t, int64_t> counts;
  for (const auto& [key, known] : prompts_) ++counts[known.right];
  return counts;
}

nlohmann::json ReplayStore::state() const {
  nlohmann::json live = nlohmann::json::array(), known = nlohmann::json::object();
  for (const auto& [id, own] : entries_) live.push_back({id, own.used});
  for (const auto& [key, own] : prompts_) known[key] = own.right;
  return {{"next_id", next_id_},
          {"started", started_},
          {"recent", recent_},
          {"live", std::move(live)},
          {"right", std::move(known)}};
}

void ReplayStore::restore(const nlohmann::json& state, std::map<int64_t, Experience> entries,
                          const std::map<std::string, ReplayPrompt>& prompts,
                          const std::string& where) {
  entries_.clear();
  prompts_.clear();
  next_id_ = state.at("next_id");
  started_ = state.at("started");
  recent_ = state.at("recent").get<std::deque<double>>();
  quantile_ = recent_quantile();
  for (const nlohmann::json& row : state.at("live")) {
    const auto own = entries.find(row.at(0).get<int64_t>());
    if (own == entries.end() || !prompts.contains(own->second.prompt))
      throw DataError(
          "{}: required replayed response {} in the segments, it is not there; the "
          "checkpoint is damaged",
          where, row.at(0).get<int64_t>());
    own->second.used = row.at(1);
    const std::string key = own->second.prompt;
    Known& known =
        prompts_
            .try_emplace(key, Known{.prompt = prompts.at(key), .right = state.at("right").at(key)})
            .first->second;
    known.entries.push_back(own->first);
    entries_.insert(entries.extract(own));
  }
}

}  // namespace rlreason::train
