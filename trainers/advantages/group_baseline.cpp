#include "trainers/advantages/group_baseline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"
#include "trainers/piece.h"

namespace rlreason::train::advantages {
namespace {

struct GroupStatistics {
  std::vector<double> rewards;  // ascending
  double mean = 0, deviation = 0;
  bool equal = true;  // all rewards are the same number
  bool alone() const { return rewards.size() < 2; }
};

double mean_of(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  return mean;
}

// 0 where it is not defined.
double deviation_of(const std::vector<double>& values, int64_t ddof) {
  const double divisor = static_cast<double>(values.size()) - static_cast<double>(ddof);
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return divisor > 0 ? std::sqrt(squares / divisor) : 0.0;
}

std::map<int64_t, GroupStatistics> statistics_of(const GroupFacts& facts,
                                                 const GroupBaseline& settings) {
  std::map<int64_t, GroupStatistics> groups;
  for (size_t s = 0; s < facts.size(); ++s)
    if (facts.scored(s) && (settings.scope == "all" || facts.source[s] == Source::policy))
      groups[facts.group[s]].rewards.push_back(facts.reward[s]);
  for (auto& [group, own] : groups) {
    own.mean = mean_of(own.rewards);  // in the order of the samples
    own.deviation = deviation_of(own.rewards, settings.ddof);
    std::sort(own.rewards.begin(), own.rewards.end());
    own.equal = own.rewards.front() == own.rewards.back();
    if (own.equal) own.mean = own.rewards.front(), own.deviation = 0;
  }
  return groups;
}

double log_mean_exp(const std::vector<double>& ascending, double tau) {
  double sum = 0;
  for (const double reward : ascending) sum += std::exp((reward - ascending.back()) / tau);
  return ascending.back() + tau * std::log(sum / static_cast<double>(ascending.size()));
}

double quantile_of(const std::vector<double>& ascending, double quantile) {
  const double rank = quantile * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (rank - std::floor(rank)) * (ascending[above] - ascending[below]);
}

// Reward minus baseline; `inside` is whether the reward is one of the group's own.
double centred(double reward, bool inside, const GroupStatistics& group,
               const GroupBaseline& settings) {
  if (settings.baseline == "none") return reward;
  if (group.alone()) return settings.singleton == "zero" ? 0.0 : reward;
  if (group.equal) return reward - group.mean;
  const auto n = static_cast<double>(group.rewards.size());
  if (settings.baseline == "loo")
    return inside ? (reward - group.mean) * n / (n - 1) : reward - group.mean;
  if (settings.baseline == "logmeanexp") return reward - log_mean_exp(group.rewards, settings.tau);
  if (settings.baseline == "quantile")
    return reward - quantile_of(group.rewards, settings.quantile);
  if (settings.baseline == "second_max")
    return std::max(0.0, reward - group.rewards[group.rewards.size() - 2]);
  return reward - group.mean;
}

// Tokens beyond the shortest right response of the group; 0 without one.
double excess_length(const GroupFacts& facts, size_t sequence) {
  int64_t shortest = std::numeric_limits<int64_t>::max();
  for (size_t s = 0; s < facts.size(); ++s)
    if (facts.group[s] == facts.group[sequence] && facts.outcome[s] == data::Outcome::right)
      shortest = std::min(shortest, facts.length[s]);
  return static_cast<double>(
      std::max<int64_t>(0, facts.length[sequence] - std::min(shortest, facts.length[sequence])));
}

double greedy_reward(const GroupFacts& facts, size_t sequence) {
  RLR_ENSURE(sequence < facts.greedy_reward.size() && !std::isnan(facts.greedy_reward[sequence]),
             "baseline greedy: sequence {} has no greedy response", sequence);
  return facts.greedy_reward[sequence];
}

double divisor_of(const GroupStatistics& group, double batch, const GroupBaseline& settings) {
  if (settings.scale == "none") return 1.0;
  double deviation = batch;
  if (settings.scale == "group_std") deviation = group.alone() ? 1.0 : group.deviation;
  if (deviation == 0.0 && settings.zero_std == "one") deviation = 1.0;
  return deviation + settings.epsilon;
}

}  // namespace

const Implement<GroupBaseline, AdvantageFunction> kEntry{
    [](const GroupBaseline& settings) -> AdvantageFunction {
      return [settings](const GroupFacts& facts) {
        const auto groups = statistics_of(facts, settings);
        std::vector<double> advantages(facts.size(), 0.0), scored, rewards;
        for (size_t s = 0; s < facts.size(); ++s) {
          const auto group = groups.find(facts.group[s]);
          if (!facts.scored(s) || group == groups.end()) continue;
          const bool inside = settings.scope == "all" || facts.source[s] == Source::policy;
          advantages[s] = settings.baseline == "greedy"
                              ? facts.reward[s] - greedy_reward(facts, s)
                              : centred(facts.reward[s], inside, group->second, settings);
          if (inside) scored.push_back(advantages[s]), rewards.push_back(facts.reward[s]);
        }
        const double batch =
            deviation_of(settings.scale == "batch_std" ? rewards : scored, settings.ddof);
        for (size_t s = 0; s < facts.size(); ++s) {
          const auto group = groups.find(facts.group[s]);
          if (!facts.scored(s) || group == groups.end()) continue;
          const bool none = settings.baseline != "none" && settings.baseline != "greedy" &&
                            settings.singleton == "zero" && group->second.alone();
          if (none) continue;
          const double own =
              (advantages[s] - settings.shift) / divisor_of(group->second, batch, settings);
          advantages[s] = own * (own > 0 ? settings.gain_positive : settings.gain_negative);
          if (settings.length_base > 0 && own < 0)
            advantages[s] *= 2.0 - std::pow(settings.length_base, -excess_length(facts, s));
        }
        return advantages;
      };
    }};

}  // namespace rlreason::train::advantages
