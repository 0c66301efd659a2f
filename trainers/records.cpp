#include "trainers/records.h"

#include <algorithm>
#include <cmath>

#include "core/runlog/frame.h"
#include "trainers/reflections.h"

namespace rlreason::train {
namespace {

class Values {
 public:
  void put(const std::string& name, double value) { json_[name] = runlog::number(value); }
  // Nothing is written for a mean over nothing.
  void mean(const std::string& name, double sum, double count) {
    if (count > 0) put(name, sum / count);
  }
  nlohmann::json take() { return std::move(json_); }

 private:
  nlohmann::json json_ = nlohmann::json::object();
};

struct SideSums {  // over trajectories of one source
  double count = 0, reward = 0, length = 0, length_right = 0, right = 0, truncated = 0,
         like_demonstration = 0;
  double advantage = 0, advantage_squares = 0, advantage_positive = 0, unscored = 0;
  double answered = 0, reflects = 0, reflections = 0;

  void add(const Trajectory& trajectory, const std::set<int32_t>& starts,
           const tokenizer::Tokenizer& tokenizer) {
    const auto tokens = static_cast<double>(trajectory.response_ids.size());
    count += 1;
    reward += trajectory.reward;
    length += tokens;
    if (trajectory.verdict.right()) right += 1, length_right += tokens;
    if (trajectory.verdict.outcome == data::Outcome::unscored) unscored += 1;
    if (trajectory.finish == FinishReason::length) truncated += 1;
    if (starts.contains(trajectory.response_ids.front())) like_demonstration += 1;
    advantage += trajectory.advantage;
    advantage_squares += trajectory.advantage * trajectory.advantage;
    if (trajectory.advantage > 0) advantage_positive += 1;
    if (!trajectory.verdict.answer.empty()) answered += 1;
    const int64_t found = count_reflections(tokenizer.decode(trajectory.response_ids));
    reflections += static_cast<double>(found);
    if (found > 0) reflects += 1;
  }
};

void put_side(Values& values, const std::string& prefix, const SideSums& side) {
  if (side.count == 0) return;
  values.put(prefix + "reward", side.reward / side.count);
  values.put(prefix + "solve_rate", side.right / side.count);
  values.put(prefix + "length", side.length / side.count);
  values.mean(prefix + "length_right", side.length_right, side.right);
  values.mean(prefix + "length_wrong", side.length - side.length_right, side.count - side.right);
  values.put(prefix + "unscored", side.unscored / side.count);
  values.put(prefix + "advantage_mean", side.advantage / side.count);
  values.put(prefix + "advantage_std",
             std::sqrt(std::max(0.0, side.advantage_squares / side.count -
                                         std::pow(side.advantage / side.count, 2))));
  values.put(prefix + "advantage_positive", side.advantage_positive / side.count);
  values.mean(prefix + "format_rate", side.answered, side.count - side.unscored);
  values.put(prefix + "reflect_rate", side.reflects / side.count);
  values.mean(prefix + "reflections_per_1k_tokens", 1000 * side.reflections, side.length);
}

void put_groups(Values& values, const std::vector<Group>& groups) {
  double all = 0, none = 0, sampled = 0, equal = 0, several = 0;
  for (const Group& group : groups) {
    if (group.trajectories.size() > 1) several += 1;
    bool same = group.trajectories.size() > 1;
    for (const Trajectory& trajectory : group.trajectories)
      same = same && trajectory.reward == group.trajectories.front().reward;
    equal += same ? 1 : 0;
    const Solved policy = group.solved();
    if (policy.responses == 0) continue;
    sampled += 1;
    all += policy.right == policy.responses ? 1 : 0;
    none += policy.right == 0 ? 1 : 0;
  }
  values.mean("rollout/solve_all", all, sampled);
  values.mean("rollout/solve_none", none, sampled);
  values.mean("train/equal_reward_groups", equal, several);  // of groups that compare anything
}

void put_components(Values& values, const std::vector<ComponentSums>& components) {
  double loss = 0;
  for (const ComponentSums& own : components) {
    const std::string prefix = "train/" + own.name + "/";
    loss += own.loss;
    values.put(prefix + "loss", own.loss);
    values.put(prefix + "coef", own.coef);
    values.put(prefix + "targets", own.targets);
    if (own.has_clip) values.mean(prefix + "clipped", own.clipped, own.targets);
    if (own.has_ratio) values.mean(prefix + "ratio_mean", own.ratio, own.targets);
    if (own.has_ratio && own.targets > 0) values.put(prefix + "ratio_max", own.ratio_max);
  }
  if (!components.empty()) values.put("train/loss", loss);  // else there was no optimizer step
}

// Optimizer steps between the policy that wrote a token and the one that first learnt from it.
void put_lag(Values& values, const std::vector<Group>& groups, int64_t steps_before) {
  double tokens = 0, sum = 0, longest = 0;
  for (const Group& group : groups)
    for (const Trajectory& trajectory : group.trajectories)
      for (const Span& span : trajectory.spans) {
        if (span.policy_version < 0) continue;
        const auto lag = static_cast<double>(steps_before - span.policy_version);
        const auto length = static_cast<double>(span.end - span.begin);
        tokens += length;
        sum += lag * length;
        longest = std::max(longest, lag);
      }
  values.mean("rollout/lag_mean", sum, tokens);
  if (tokens > 0) values.put("rollout/lag_max", longest);
}

// Over all optimizer steps of the iteration: how far the ratios spread, and on which side the bound decided.
void put_spread(Values& values, const std::vector<ComponentSums>& components) {
  for (const ComponentSums& own : components) {
    const std::string prefix = "train/" + own.name + "/";
    if (own.masked > 0) values.mean(prefix + "masked", own.masked, own.masked + own.targets);
    if (!own.has_ratio || own.ratios.empty()) continue;
    const double mean = own.ratio / own.targets;
    values.put(prefix + "ratio_var", std::max(0.0, own.ratio_squares / own.targets - mean * mean));
    values.put(prefix + "ratio_p999", nearest_rank(own.ratios, 0.999));
    if (!own.has_clip) continue;
    values.mean(prefix + "clip_low_positive", own.clip_low_positive, own.targets);
    values.mean(prefix + "clip_low_negative", own.clip_low_negative, own.targets);
    values.mean(prefix + "clip_high_positive", own.clip_high_positive, own.targets);
    values.mean(prefix + "clip_high_negative", own.clip_high_negative, own.targets);
  }
}

void put_critic(Values& values, const CriticReport& critic) {
  if (critic.tokens == 0) return;
  values.mean("critic/value", critic.value, critic.tokens);
  values.mean("critic/target", critic.target, critic.tokens);
  if (const auto explained = critic.explained_variance())
    values.put("critic/explained_variance", *explained);
  values.mean("critic/loss", critic.loss, critic.stepped_tokens);
  values.mean("critic/clipped", critic.clipped, critic.stepped_tokens);
  values.mean("critic/grad_norm", critic.grad_norm, static_cast<double>(critic.optimizer_steps));
}

}  // namespace

nlohmann::json step_record(const TrainState& state, const std::vector<Group>& groups,
                           const UpdateReport& report, const IterationTimes& times,
                           const std::set<int32_t>& demonstration_starts,
                           const tokenizer::Tokenizer& tokenizer) {
  SideSums policy, demonstration, guided, replay;
  for (const Group& group : groups)
    for (const Trajectory& trajectory : group.trajectories)
      (trajectory.source() == Source::policy   ? policy
       : trajectory.source() == Source::replay ? replay
       : trajectory.spans.size() > 1           ? guided
                                               : demonstration)
          .add(trajectory, demonstration_starts, tokenizer);
  Values values;
  put_side(values, "rollout/", policy);
  put_side(values, "demonstration/", demonstration);
  put_side(values, "guided/", guided);  // begun by a demonstration, ended by the policy
  put_side(values, "replay/", replay);
  values.mean("rollout/truncated", policy.truncated, policy.count);
  if (!demonstration_starts.empty())
    values.mean("rollout/starts_like_demonstration", policy.like_demonstration, policy.count);
  put_groups(values, groups);
  put_lag(values, groups, state.optimizer_steps - report.optimizer_steps);
  values.mean("train/reward", policy.reward + demonstration.reward + guided.reward,
              policy.count + demonstration.count + guided.count);
  put_components(values, report.components);
  put_spread(values, report.all_steps);
  put_critic(values, report.critic);
  report.health.write([&](const std::string& name, double value) { values.put(name, value); });
  values.mean("rollout/entropy", report.policy.entropy, report.policy.targets);
  values.mean("rollout/probability", report.policy.probability, report.policy.targets);
  for (const auto& [name, sum] : report.anchors)
    values.mean("rollout/kl_" + name, sum, report.policy.targets);  // k1, per token
  values.mean("demonstration/entropy", report.demonstration.entropy, report.demonstration.targets);
  values.mean("demonstration/probability", report.demonstration.probability,
              report.demonstration.targets);
  values.mean("replay/entropy", report.replay.entropy, report.replay.targets);
  values.mean("replay/probability", report.replay.probability, report.replay.targets);
  values.put("train/grad_norm", report.grad_norm);
  values.put("train/lr", report.lr);
  values.put("train/logprob_mismatch", report.mismatch);
  values.put("train/optimizer_steps", static_cast<double>(state.optimizer_steps));
  values.put("train/samples", static_cast<double>(state.samples));
  values.put("train/tokens", static_cast<double>(state.tokens_generated + state.tokens_trained));
  values.put("train/tokens_generated", static_cast<double>(state.tokens_generated));
  values.put("time/iteration_s", times.total_s);
  values.put("time/generate_s", times.generate_s);
  values.put("time/update_s", times.update_s);
  values.put("time/tokens_per_s", static_cast<double>(report.trained_tokens) / times.total_s);
  return {{"iteration", state.iteration}, {"values", values.take()}};
}

nlohmann::json rollout_record(int64_t iteration, const std::vector<Group>& groups,
                              const tokenizer::Tokenizer& tokenizer) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Group& group : groups)
    for (const Trajectory& trajectory : group.trajectories)
      rows.push_back({{"prompt_id", group.drawn.prompt.id},
                      {"prompt", group.drawn.prompt.text},
                      {"group", trajectory.group},
                      {"sample", trajectory.sample},
                      {"source", to_string(trajectory.source())},
                      {"text", tokenizer.decode(trajectory.response_ids)},
                      {"outcome", data::to_string(trajectory.verdict.outcome)},
                      {"reward_parts", trajectory.reward_parts},
                      {"advantage", runlog::number(trajectory.advantage)},
                      {"length", trajectory.response_ids.size()},
                      {"finish", to_string(trajectory.finish)}});
  return {{"iteration", iteration}, {"rows", std::move(rows)}};
}

}  // namespace rlreason::train
