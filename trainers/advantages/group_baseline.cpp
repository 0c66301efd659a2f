#include "trainers/advantages/group_baseline.h"

#include <cmath>
#include <map>

#include "trainers/piece.h"

namespace rlreason::train::advantages {
namespace {

struct GroupStatistics {
  double count = 0, mean = 0, deviation = 0;
  bool equal = true;  // all rewards are the same number
};

std::map<int64_t, GroupStatistics> statistics_of(const GroupFacts& facts, bool on_policy_only) {
  std::map<int64_t, std::vector<double>> rewards;
  for (size_t s = 0; s < facts.size(); ++s)
    if (facts.scored(s) && (!on_policy_only || facts.source[s] == Source::policy))
      rewards[facts.group[s]].push_back(facts.reward[s]);
  std::map<int64_t, GroupStatistics> groups;
  for (const auto& [group, values] : rewards) {
    GroupStatistics& own = groups[group];
    own.count = static_cast<double>(values.size());
    for (const double value : values) own.mean += value / own.count;
    double squares = 0;
    for (const double value : values) {
      squares += (value - own.mean) * (value - own.mean);
      own.equal = own.equal && value == values.front();
    }
    if (own.equal) own.mean = values.front();
    own.deviation = own.count > 1 && !own.equal ? std::sqrt(squares / (own.count - 1)) : 0.0;
  }
  return groups;
}

double advantage_of(double reward, const GroupStatistics& group, const GroupBaseline& settings) {
  const bool alone = group.count < 2;
  if (alone && settings.singleton == "zero" && settings.baseline == "mean") return 0.0;
  const double mean = settings.baseline == "none" || alone ? 0.0 : group.mean;
  if (settings.scale == "none") return reward - mean;
  double deviation = alone ? 1.0 : group.deviation;
  if (deviation == 0.0 && settings.zero_std == "one") deviation = 1.0;
  return (reward - mean) / (deviation + settings.epsilon);
}

}  // namespace

const Implement<GroupBaseline, AdvantageFunction> kEntry{
    [](const GroupBaseline& settings) -> AdvantageFunction {
      return [settings](const GroupFacts& facts) {
        const auto groups = statistics_of(facts, settings.scope == "on_policy");
        std::vector<double> advantages(facts.size(), 0.0);
        for (size_t s = 0; s < facts.size(); ++s) {
          const auto group = groups.find(facts.group[s]);
          if (facts.scored(s) && group != groups.end())
            advantages[s] = advantage_of(facts.reward[s], group->second, settings);
        }
        return advantages;
      };
    }};

}  // namespace rlreason::train::advantages
