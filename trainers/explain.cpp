#include "trainers/explain.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/config/node.h"
#include "core/error.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/credit.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double reward_of(const TokenGroup& group, size_t sequence) {
  return group.rewards.empty() ? kNan : group.rewards[sequence].value_or(kNan);
}

// The line flattened: targets in order, and where each stands.  Sequences that a filter drops are packed nowhere.
struct Flat {
  TargetSet targets;  // sequences numbered as packed
  std::vector<const TokenSequence*> sequences;
  std::vector<size_t> owner;  // [R] index in `sequences`
  std::vector<size_t> token;  // [R] index inside its sequence
  int64_t packed = 0;

  Flat(const TokenLine& line, const std::vector<bool>& kept, const TrainConfig& config) {
    for (size_t g = 0; g < line.groups.size(); ++g)
      for (size_t s = 0; s < line.groups[g].sequences.size(); ++s) {
        const TokenSequence& sequence = line.groups[g].sequences[s];
        sequences.push_back(&sequence);
        if (!kept[sequences.size() - 1]) continue;
        for (size_t t = 0; t < sequence.tokens(); ++t) {
          if (!sequence.trained[t]) continue;
          targets.sequence.push_back(packed);
          targets.source.push_back(sequence.source[t]);
          targets.prompt.push_back(static_cast<int64_t>(g));
          targets.reward.push_back(reward_of(line.groups[g], s));
          targets.block.push_back(block_called(config, line.groups[g].name).value_or(0));
          owner.push_back(sequences.size() - 1);
          token.push_back(t);
        }
        ++packed;
      }
  }
  const TokenSequence& sequence_of(size_t r) const { return *sequences[owner[r]]; }
  // NaN where it was not given: nobody reads it there (check_token_line).
  std::vector<double> stream(const std::string& name) const {
    std::vector<double> values;
    for (size_t r = 0; r < token.size(); ++r) {
      const auto own = sequence_of(r).streams.find(name);
      values.push_back(own == sequence_of(r).streams.end() ? kNan : own->second[token[r]]);
    }
    return values;
  }
  // Per sequence a list over its tokens; 0 where there is no target.
  std::vector<std::vector<double>> unflatten(const std::vector<double>& values) const {
    std::vector<std::vector<double>> lists;
    for (const TokenSequence* sequence : sequences) lists.emplace_back(sequence->tokens(), 0.0);
    for (size_t r = 0; r < values.size(); ++r) lists[owner[r]][token[r]] = values[r];
    return lists;
  }
};

std::vector<double> gradient_of(const at::Tensor& stream, size_t targets) {
  std::vector<double> values(targets, 0.0);
  if (!stream.defined() || !stream.grad().defined()) return values;
  values = to_host(stream.grad());
  for (double& value : values) value += 0.0;  // no minus before a zero
  return values;
}

Json component_json(const ComponentSums& sums) {
  Json json = {{"name", sums.name},
               {"value", sums.loss + 0.0},
               {"coefficient", sums.coef},
               {"targets", sums.targets}};
  if (sums.targets > 0 && sums.has_ratio) {
    json["ratio_mean"] = sums.ratio / sums.targets;
    json["ratio_max"] = sums.ratio_max;
  }
  if (sums.targets > 0 && sums.has_clip) json["clipped_share"] = sums.clipped / sums.targets;
  return json;
}

// Means over targets, and who pulls: the share of sum |dloss/dlogprob| by source.
Json metrics_json(const Flat& flat, const std::vector<double>& gradient) {
  Json metrics = {{"sequences", flat.packed}, {"targets", flat.token.size()}};
  const auto count = static_cast<double>(flat.token.size());
  const std::vector<double> logprob = flat.stream("logprob");
  double probability = 0, size = 0;
  std::map<std::string, double> by_source;
  for (size_t r = 0; r < flat.token.size(); ++r) {
    probability += std::exp(logprob[r]);
    size += std::abs(gradient[r]);
    by_source[std::string(to_string(flat.targets.source[r]))] += std::abs(gradient[r]);
  }
  metrics["gradient_l1"] = size;
  if (count > 0) metrics["probability_mean"] = probability / count;
  for (const auto& [source, sum] : by_source)
    metrics["gradient_share"][source] = size > 0 ? sum / size : 0.0;
  const bool old = std::all_of(flat.sequences.begin(), flat.sequences.end(), [](const auto* own) {
    return own->streams.contains("old_logprob");
  });
  if (!old || count == 0) return metrics;
  const std::vector<double> before = flat.stream("old_logprob");
  double kl = 0;
  for (size_t r = 0; r < flat.token.size(); ++r) kl += before[r] - logprob[r];
  metrics["old_minus_current_mean"] = kl / count;
  return metrics;
}

void require_finite(const TokenLine& line, const Objective::Value& value,
                    const std::vector<double>& gradient, const Flat& flat) {
  for (const ComponentSums& component : value.components)
    if (!std::isfinite(component.loss))
      throw NumericError("{}: required a finite loss, component {} gave {}; look at its streams",
                         line.where, component.name, component.loss);
  for (size_t r = 0; r < gradient.size(); ++r)
    if (!std::isfinite(gradient[r]))
      throw NumericError(
          "{}: required a finite gradient, {} came for sequence {} token {}; look at its streams",
          line.where, gradient[r], flat.owner[r], flat.token[r]);
}

}  // namespace

Explainer::Explainer(const TrainConfig& config)
    : config_(config),
      streams_(required_streams(config)),
      rewards_(needs_of(config).rewards),
      advantage_(make_piece<AdvantageFunction>("advantages", config::to_json(config.advantage))),
      objective_(config) {
  if (needs_of(config).value)
    credit_ = make_piece<CreditFunction>("critics", config::to_json(config.critic.estimator));
  if (!config.filters.is_list()) return;
  for (const config::Node& filter : config.filters.items())
    filters_.push_back(make_piece<FilterFunction>("filters", config::to_json(filter)));
}

// One a sequence.  Advantages that were given stand; advantage and filters see the groups that have rewards.
Explainer::Judged Explainer::judge(const TokenLine& line) const {
  GroupFacts facts;
  Judged judged;
  std::vector<double>& advantages = judged.advantage;
  std::vector<size_t> place;
  for (size_t g = 0; g < line.groups.size(); ++g) {
    const TokenGroup& group = line.groups[g];
    for (size_t s = 0; s < group.sequences.size(); ++s) {
      advantages.push_back(group.advantages.empty() ? 0.0 : group.advantages[s]);
      if (group.rewards.empty()) continue;
      const std::optional<double> reward = group.rewards[s];
      place.push_back(advantages.size() - 1);
      facts.group.push_back(static_cast<int64_t>(g));
      facts.source.push_back(group.sequences[s].source.front());
      facts.outcome.push_back(!reward       ? data::Outcome::unscored
                              : *reward > 0 ? data::Outcome::right
                                            : data::Outcome::wrong);
      facts.reward.push_back(reward.value_or(0.0));
      facts.length.push_back(static_cast<int64_t>(group.sequences[s].tokens()));
      facts.truncated.push_back(group.sequences[s].truncated);
      facts.greedy_reward.push_back(
          group.greedy_reward.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  const std::vector<double> computed = advantage_(facts);
  for (size_t i = 0; i < place.size(); ++i) advantages[place[i]] = computed[i];
  judged.kept.assign(advantages.size(), true);
  for (const FilterFunction& filter : filters_) {
    const std::vector<bool> kept = filter(facts);
    for (size_t i = 0; i < place.size(); ++i)
      judged.kept[place[i]] = judged.kept[place[i]] && kept[i];
  }
  return judged;
}

Json Explainer::explain(const TokenLine& line, int64_t iteration) const {
  const Judged judged = judge(line);
  const Flat flat(line, judged.kept, config_);
  Streams streams;
  const at::Tensor logprob = at::tensor(flat.stream("logprob"), at::kDouble).requires_grad_(true);
  at::Tensor entropy;
  streams.put("logprob", logprob);
  for (const std::string& name : streams_) {
    const at::Tensor values = at::tensor(flat.stream(name), at::kDouble);
    if (name == "entropy") entropy = values.requires_grad_(true);
    streams.put(name, values);
  }
  std::vector<double> per_target;
  for (const size_t owner : flat.owner) per_target.push_back(judged.advantage[owner]);
  if (credit_) {
    per_target =
        credit_tokens(credit_, flat.targets, per_target, flat.stream("value")).advantage;
    if (config_.critic.whiten)
      whiten({{.facts = &flat.targets, .advantage = &per_target}}, [](std::vector<double>&) {});
  }
  if (rewards_) streams.put("advantage", at::tensor(per_target, at::kDouble));

  const auto counts = objective_.count(flat.targets, flat.packed, streams);
  const Objective::Value value = objective_.evaluate(flat.targets, streams, counts, iteration);
  if (value.loss.defined() && value.loss.requires_grad()) value.loss.backward();
  const std::vector<double> gradient = gradient_of(logprob, flat.token.size());
  require_finite(line, value, gradient, flat);

  Json json = {{"iteration", iteration},
               {"loss", value.loss.defined() ? value.loss.item<double>() : 0.0},
               {"components", Json::array()},
               {"groups", Json::array()},
               {"metrics", metrics_json(flat, gradient)}};
  for (const ComponentSums& component : value.components)
    json["components"].push_back(component_json(component));
  const auto by_logprob = flat.unflatten(gradient);
  const bool per_token = objective_.has_token_advantage() || credit_;
  const auto by_token =
      flat.unflatten(per_token ? to_host(objective_.with_token_advantage(streams).at("advantage"))
                               : std::vector<double>());
  const auto by_entropy = flat.unflatten(gradient_of(entropy, flat.token.size()));
  size_t index = 0;
  for (const TokenGroup& group : line.groups) {
    Json sequences = Json::array();
    for (size_t s = 0; s < group.sequences.size(); ++s, ++index) {
      Json own = {{"dloss_dlogprob", by_logprob[index]}};
      if (rewards_) own["advantage"] = judged.advantage[index];
      if (per_token) own["token_advantage"] = by_token[index];
      if (!judged.kept[index]) own["kept"] = false;
      if (entropy.defined()) own["dloss_dentropy"] = by_entropy[index];
      sequences.push_back(std::move(own));
    }
    json["groups"].push_back({{"sequences", std::move(sequences)}});
  }
  return json;
}

}  // namespace rlreason::train
