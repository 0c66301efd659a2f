#include "trainers/update.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/config/node.h"
#include "core/error.h"
#include "trainers/optimizer_step.h"

namespace rlreason::train {

struct Updater::Step {
  int64_t iteration = 0;
  const History& history;
  UpdateHealth& health;
  bool first = false;  // the iteration's first optimizer step: weights are those that sampled
  StepSums sums{};
  int64_t tokens = 0;
};

struct Updater::LookAhead {
  TargetSet targets;
  int64_t sequences = 0;
  Streams streams;  // empty unless the recipe asks for it (RecipeNeeds::prescore)
};

namespace {

engine::HeadWants wants_of(const TrainConfig& config, bool entropy) {
  return {.entropy = entropy, .temperature = config.rollout.temperature};
}

at::Tensor as_tensor(const std::vector<float>& values, at::ScalarType dtype) {
  return at::tensor(values, dtype);
}

void require_finite(const at::Tensor& values, const char* what, const MicroBatch& batch,
                    int64_t iteration) {
  const at::Tensor host = values.to(at::kDouble).contiguous();
  for (int64_t r = 0; r < host.numel(); ++r)
    if (!std::isfinite(host.const_data_ptr<double>()[r]))
      throw NumericError(
          "iteration {}: required a finite {}, {} came for sequence {} (source {}); lower "
          "update.lr or inspect the run with "
          "'rlreason show'",
          iteration, what, host.const_data_ptr<double>()[r],
          batch.facts.sequence[static_cast<size_t>(r)],
          to_string(batch.facts.source[static_cast<size_t>(r)]));
}

// Recorded log-probs against the ones the trainer computes with the same weights.
double mismatch_of(const at::Tensor& logprob, const std::vector<float>& recorded) {
  const at::Tensor host = logprob.to(at::kFloat).contiguous();
  double worst = 0;
  for (size_t r = 0; r < recorded.size(); ++r)
    if (!std::isnan(recorded[r]))
      worst = std::max(worst, std::abs(static_cast<double>(host.const_data_ptr<float>()[r]) -
                                       static_cast<double>(recorded[r])));
  return worst;
}

void add_source_sums(const MicroBatch& batch, const engine::HeadStatistics& statistics,
                     StepSums& step) {
  const at::Tensor probability = statistics.logprob.exp().to(at::kDouble).contiguous();
  const at::Tensor entropy =
      statistics.entropy.defined() ? statistics.entropy.to(at::kDouble).contiguous() : at::Tensor();
  for (size_t r = 0; r < batch.facts.size(); ++r) {
    const Source source = batch.facts.source[r];
    SourceSums& sums = source == Source::demonstration ? step.demonstration
                       : source == Source::replay      ? step.replay
                                                       : step.policy;
    sums.targets += 1;
    sums.probability += probability.const_data_ptr<double>()[r];
    if (entropy.defined()) sums.entropy += entropy.const_data_ptr<double>()[r];
  }
}

void add_health(const MicroBatch& batch, const Streams& streams, bool first, UpdateHealth& health) {
  const auto host = [&](const char* name) {
    return streams.contains(name) ? to_host(streams.at(name)) : std::vector<double>();
  };
  const std::vector<double> logprob = host("logprob"), ref_logprob = host("ref_logprob");
  health.add({.source = batch.facts.source,
              .sequence = batch.facts.sequence,
              .logprob = logprob,
              .old_logprob = batch.old_logprob,
              .ref_logprob = ref_logprob,
              .first_step = first});
}

void add_anchor_sums(const MicroBatch& batch, const at::Tensor& logprob, AnchorSums& sums) {
  for (const auto& [name, anchor] : batch.anchor_logprob) {
    if (name == "ref") continue;  // update_health.h
    const at::Tensor difference = (logprob - anchor).to(at::kDouble).contiguous();
    double& sum = sums[name];
    for (size_t r = 0; r < batch.facts.size(); ++r)
      if (batch.facts.source[r] == Source::policy) sum += difference.const_data_ptr<double>()[r];
  }
}

}  // namespace

Updater::Updater(const TrainConfig& config, engine::Policy& policy, engine::AdamW& optimizer,
                 engine::Communicator& communicator, const Anchors* anchors,
                 CriticUpdater* critic)
    : config_(config),
      needs_(needs_of(config)),
      policy_(policy),
      optimizer_(optimizer),
      communicator_(communicator),
      anchors_(anchors),
      critic_(critic),
      objective_(config),
      schedule_(make_piece<ScheduleFunction>("schedules", config::to_json(config.update.schedule))),
      lr_scale_(config.update.lr_scale.is_null()
                    ? LrScaleFunction()
                    : make_piece<LrScaleFunction>("lr_scales",
                                                  config::to_json(config.update.lr_scale))) {
  RLR_ENSURE(critic_ != nullptr || !needs_.value, "values without a critic");
}

void Updater::score_anchors(MicroBatch& batch) const {
  for (const std::string& name : needs_.anchors) {
    RLR_ENSURE(anchors_ != nullptr, "log-probs of {} without anchors", name);
    engine::HeadWants wants = wants_of(config_, false);
    wants.temperature *= anchors_->temperature(name);
    batch.anchor_logprob[name] =
        anchors_->policy(name).score(batch.layout, batch.targets, wants).logprob;
  }
}

at::Tensor Updater::logprob_of(const MicroBatch& batch) const {
  return policy_.score(batch.layout, batch.targets, wants_of(config_, false)).logprob;
}

// Before any update: log-probs of anchors, old log-probs nobody recorded (demonstrations) or all of them when the recipe asks,
// what a recipe reads of the policy's whole distribution, and a critic's values and advantages.
void Updater::prepare(std::vector<MiniBatch>& mini_batches, int64_t iteration,
                      CriticReport& critic) const {
  if (needs_.value) critic_->credit(mini_batches, iteration, critic);
  const bool all = config_.rollout.old_logprob == "rescored" && needs_.old_logprob;
  const bool some =
      needs_.old_logprob && (needs_.old_logprob_of_demonstrations || needs_.unrecorded_old_logprob);
  engine::HeadWants wants = wants_of(config_, false);
  wants.vocab_mean_logprob = needs_.vocab_mean;
  wants.min_p = needs_.proxy_logprob ? config_.update.proxy_min_p : 0.0;
  const bool heads = needs_.vocab_mean || needs_.proxy_logprob;
  for (MiniBatch& mini_batch : mini_batches)
    for (MicroBatch& batch : mini_batch.micro_batches) {
      score_anchors(batch);
      const bool missing = std::any_of(batch.old_logprob.begin(), batch.old_logprob.end(),
                                       [](float own) { return std::isnan(own); });
      const bool fill = all || (some && missing);
      if (!fill && !heads) continue;
      const engine::HeadStatistics scored = policy_.score(batch.layout, batch.targets, wants);
      batch.old_vocab_mean = scored.vocab_mean_logprob;
      batch.proxy_logprob = scored.min_p_logprob;
      if (!fill) continue;
      const at::Tensor logprob = scored.logprob.to(at::kFloat).contiguous();
      for (size_t r = 0; r < batch.old_logprob.size(); ++r)
        if (all || std::isnan(batch.old_logprob[r]))
          batch.old_logprob[r] = logprob.const_data_ptr<float>()[r];
    }
}

// The same targets behind the hinted prompts, by the weights the iteration began with.
void Updater::score_hinted(const std::vector<Group>& groups, int64_t wanted,
                           std::vector<MiniBatch>& mini_batches) const {
  if (!needs_.hinted_logprob) return;
  const std::vector<MiniBatch> hinted =
      pack(groups, wanted, config_.update.micro_batch_tokens, Behind::hinted_prompt);
  for (size_t m = 0; m < mini_batches.size(); ++m) {
    std::vector<float> scored;
    for (const MicroBatch& batch : hinted[m].micro_batches) {
      const at::Tensor own = logprob_of(batch).to(at::kFloat).contiguous();
      scored.insert(scored.end(), own.const_data_ptr<float>(),
                    own.const_data_ptr<float>() + own.numel());
    }
    auto next = scored.cbegin();
    for (MicroBatch& batch : mini_batches[m].micro_batches) {
      const auto end = next + static_cast<std::ptrdiff_t>(batch.facts.size());
      batch.hinted_logprob.assign(next, end);
      next = end;
    }
  }
}

// What the update knows of a micro-batch besides the current policy's log-probs and entropies.
Streams Updater::streams_of(const MicroBatch& batch) const {
  const at::ScalarType dtype = policy_.arena().dtype();
  Streams streams;
  if (needs_.rewards) streams.put("advantage", at::tensor(batch.advantage, dtype));
  if (needs_.old_logprob) streams.put("old_logprob", as_tensor(batch.old_logprob, dtype));
  if (needs_.behavior_logprob)
    streams.put("behavior_logprob", as_tensor(batch.behavior_logprob, dtype));
  if (needs_.hinted_logprob) streams.put("hinted_logprob", as_tensor(batch.hinted_logprob, dtype));
  if (needs_.solve_rate) streams.put("solve_rate", at::tensor(batch.solve_rate, dtype));
  if (needs_.vocab_mean) streams.put("old_vocab_mean", batch.old_vocab_mean);
  if (needs_.proxy_logprob) streams.put("proxy_logprob", batch.proxy_logprob);
  for (const auto& [name, logprob] : batch.anchor_logprob) streams.put(name + "_logprob", logprob);
  return streams;
}

Updater::LookAhead Updater::look_ahead(const MiniBatch& mini_batch) const {
  LookAhead ahead{.targets = {}, .sequences = mini_batch.sequences, .streams = {}};
  std::vector<Streams> parts;
  for (const MicroBatch& batch : mini_batch.micro_batches) {
    ahead.targets.append(batch.facts);
    if (!needs_.prescore) continue;
    parts.push_back(streams_of(batch));
    parts.back().put("logprob", logprob_of(batch));
  }
  ahead.streams = Streams::concatenated(parts);
  return ahead;
}

// Importance weights of whole responses under the weights as they stand now.
double Updater::lr_factor(const LookAhead& ahead) const {
  if (!lr_scale_ || ahead.targets.size() == 0) return 1.0;
  const std::vector<double> logprob = to_host(ahead.streams.at("logprob")),
                            behavior = to_host(ahead.streams.at("behavior_logprob"));
  std::map<int64_t, double> log_weight;  // by sequence
  for (size_t r = 0; r < ahead.targets.size(); ++r)
    if (ahead.targets.source[r] == Source::policy)
      log_weight[ahead.targets.sequence[r]] += logprob[r] - behavior[r];
  std::vector<double> of_policy;
  for (const auto& [sequence, own] : log_weight) of_policy.push_back(own);
  return of_policy.empty() ? 1.0 : lr_scale_(of_policy);
}

std::vector<MiniBatchCounts> Updater::count(const LookAhead& ahead, bool over_ranks) {
  std::vector<MiniBatchCounts> counts =
      objective_.count(ahead.targets, ahead.sequences, ahead.streams);
  for (MiniBatchCounts& own : counts) {
    if (!over_ranks) break;
    std::vector<double> sums = {own.sequences,          own.targets,          own.selected_targets,
                                own.selected_sequences, own.selected_prompts, own.unmasked_targets};
    communicator_.all_reduce_sum(sums);
    own.sequences = sums[0], own.targets = sums[1], own.selected_targets = sums[2],
    own.selected_sequences = sums[3], own.selected_prompts = sums[4],
    own.unmasked_targets = sums[5];
  }
  return counts;
}

void Updater::run_micro_batch(const MicroBatch& batch, const std::vector<MiniBatchCounts>& counts,
                              Step& step) {
  engine::HeadWants wants = wants_of(config_, true);
  wants.vocab_mean_logprob = needs_.vocab_mean;
  engine::Policy::Pass pass = policy_.forward(batch.layout, batch.targets, wants);
  require_finite(pass.statistics.logprob, "log-prob", batch, step.iteration);
  step.tokens += batch.layout.size();
  if (step.first) {
    add_source_sums(batch, pass.statistics, step.sums);
    add_anchor_sums(batch, pass.statistics.logprob, step.sums.anchors);
    step.sums.mismatch =
        std::max(step.sums.mismatch, mismatch_of(pass.statistics.logprob, batch.old_logprob));
  }
  Streams streams = streams_of(batch);
  const at::Tensor logprob = pass.statistics.logprob.detach().clone().requires_grad_(true);
  const at::Tensor entropy =
      pass.statistics.entropy.detach().clone().requires_grad_(needs_.entropy);
  streams.put("logprob", logprob);
  if (needs_.entropy) streams.put("entropy", entropy);
  if (needs_.vocab_mean) streams.put("vocab_mean", pass.statistics.vocab_mean_logprob);

  const Objective::Value value =
      objective_.evaluate(batch.facts, streams, counts, step.iteration, step.history);
  add(step.sums.components, value.components);
  add_health(batch, streams, step.first, step.health);
  for (const ComponentSums& component : value.components)
    if (!std::isfinite(component.loss))
      throw NumericError(
          "iteration {}: required a finite loss, component {} gave {}; lower update.lr or inspect "
          "its inputs",
          step.iteration, component.name, component.loss);
  if (!value.loss.defined()) return;
  value.loss.backward();
  policy_.backward(std::move(pass), logprob.grad(), needs_.entropy ? entropy.grad() : at::Tensor());
}

// Gradients of a mini-batch into the arena.  With loss_scale verl a micro-batch is normalised by itself and the losses of all are
// summed, then averaged over ranks.
double Updater::run_mini_batch(const MiniBatch& mini_batch, Step& step) {
  const bool summed = config_.update.loss_scale == "verl";
  std::vector<MiniBatchCounts> counts;
  double factor = 1.0;
  if (!summed || lr_scale_) {
    const LookAhead ahead = look_ahead(mini_batch);
    factor = lr_factor(ahead);
    if (!summed) counts = count(ahead, true);
  }
  policy_.arena().zero_gradients();
  for (const MicroBatch& batch : mini_batch.micro_batches) {
    if (summed)
      counts = count(look_ahead({.sequences = mini_batch.sequences,
                                 .prompts = mini_batch.prompts,
                                 .micro_batches = {batch}}),
                     false);
    run_micro_batch(batch, counts, step);
  }
  return factor;
}

std::vector<ComponentSums> Updater::accumulate(const std::vector<Group>& groups, int64_t iteration,
                                               const History& history) {
  std::vector<MiniBatch> mini_batches = pack(groups, 1, config_.update.micro_batch_tokens);
  CriticReport ignored;
  prepare(mini_batches, iteration, ignored);
  score_hinted(groups, 1, mini_batches);
  UpdateHealth unused;
  Step step{.iteration = iteration, .history = history, .health = unused};
  policy_.arena().zero_gradients();  // also where there is nothing to train on
  for (const MiniBatch& mini_batch : mini_batches) run_mini_batch(mini_batch, step);
  return step.sums.components;
}

UpdateReport Updater::update(const std::vector<Group>& groups, int64_t iteration,
                             const History& history) {
  UpdateReport report;
  const double factor = schedule_(iteration, config_.update.iterations);
  const double lr = config_.update.lr * factor;
  report.lr = lr;
  std::vector<MiniBatch> mini_batches =
      pack(groups, config_.update.mini_batches, config_.update.micro_batch_tokens);
  prepare(mini_batches, iteration, report.critic);
  score_hinted(groups, config_.update.mini_batches, mini_batches);
  for (int64_t epoch = 0; epoch < config_.update.epochs; ++epoch) {
    for (const MiniBatch& mini_batch : mini_batches) {
      Step step{.iteration = iteration,
                .history = history,
                .health = report.health,
                .first = report.optimizer_steps == 0};
      report.lr = lr * run_mini_batch(mini_batch, step);
      if (step.first) {
        static_cast<StepSums&>(report) = step.sums;
        if (report.mismatch > config_.rollout.mismatch_bound)
          throw NumericError(
              "iteration {}: required recorded and scored log-probs within {} nats, {} came; set "
              "rollout.old_logprob=rescored or raise "
              "rollout.mismatch_bound",
              iteration, config_.rollout.mismatch_bound, report.mismatch);
      }
      add(report.all_steps, step.sums.components);
      report.health.end_step();
      report.trained_tokens += step.tokens;
      report.grad_norm += optimizer_step(policy_.arena(), optimizer_, communicator_,
                                         {.lr = report.lr,
                                          .max_grad_norm = config_.update.max_grad_norm,
                                          .mean_over_ranks = config_.update.loss_scale == "verl"},
                                         iteration, "update");
      ++report.optimizer_steps;
      if (needs_.value) critic_->step(mini_batch, factor, iteration, report.critic);
    }
  }
  if (report.optimizer_steps > 0) report.grad_norm /= static_cast<double>(report.optimizer_steps);
  return report;
}

}  // namespace rlreason::train
