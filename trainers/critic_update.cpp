#include "trainers/critic_update.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "core/config/node.h"
#include "core/engine/checkpoint/arena_files.h"
#include "core/error.h"
#include "trainers/credit.h"
#include "trainers/optimizer_step.h"

namespace rlreason::train {
namespace {

namespace fs = std::filesystem;

fs::path weights_of(const fs::path& folder) { return folder / "critic.safetensors"; }
fs::path moments_of(const fs::path& folder) { return folder / "critic-optimizer.safetensors"; }

void require_finite(const std::vector<double>& values, int64_t iteration) {
  for (const double value : values)
    if (!std::isfinite(value))
      throw NumericError("iteration {}: required finite values of the critic, {} came; lower critic.lr",
                         iteration, value);
}

double policy_tokens(const MiniBatch& mini_batch) {
  double tokens = 0;
  for (const MicroBatch& batch : mini_batch.micro_batches)
    for (const Source source : batch.facts.source) tokens += source == Source::policy;
  return tokens;
}

void add_values(const MicroBatch& batch, CriticReport& report) {
  for (size_t r = 0; r < batch.facts.size(); ++r) {
    if (batch.facts.source[r] != Source::policy) continue;
    const double target = batch.value_target[r], residual = target - batch.value[r];
    report.tokens += 1;
    report.value += batch.value[r];
    report.target += target;
    report.target_squares += target * target;
    report.residual += residual;
    report.residual_squares += residual * residual;
  }
}

}  // namespace

std::optional<double> CriticReport::explained_variance() const {
  const auto variance = [&](double sum, double squares) {
    return squares / tokens - (sum / tokens) * (sum / tokens);
  };
  const double whole = variance(target, target_squares);
  // Rounding alone makes a constant vary by less than this.
  if (!(whole > 1e-12 * target_squares / tokens)) return std::nullopt;
  return 1.0 - variance(residual, residual_squares) / whole;
}

CriticUpdater::CriticUpdater(const TrainConfig& config, const engine::Policy& start,
                             engine::Communicator& communicator)
    : config_(config.critic),
      critic_(start),
      optimizer_(critic_.arena(), {.beta1 = config.update.beta1,
                                   .beta2 = config.update.beta2,
                                   .eps = config.update.eps,
                                   .weight_decay = config.critic.weight_decay}),
      communicator_(communicator),
      credit_(make_piece<CreditFunction>("critics", config::to_json(config.critic.estimator))) {}

void CriticUpdater::credit(std::vector<MiniBatch>& mini_batches, int64_t iteration,
                           CriticReport& report) const {
  std::vector<CreditedPart> parts;
  for (MiniBatch& mini_batch : mini_batches)
    for (MicroBatch& batch : mini_batch.micro_batches) {
      batch.value = to_host(critic_.score(batch.layout, batch.targets.row));
      require_finite(batch.value, iteration);
      Credit credit = credit_tokens(credit_, batch.facts, batch.advantage, batch.value);
      batch.advantage = std::move(credit.advantage);
      batch.value_target = std::move(credit.target);
      add_values(batch, report);
      parts.push_back({.facts = &batch.facts, .advantage = &batch.advantage});
    }
  if (config_.whiten)
    whiten(parts, [&](std::vector<double>& sums) { communicator_.all_reduce_sum(sums); });
}

void CriticUpdater::run_micro_batch(const MicroBatch& batch, double tokens, int64_t iteration,
                                    CriticReport& report) {
  engine::Critic::Pass pass = critic_.forward(batch.layout, batch.targets.row);
  const std::vector<double> value = to_host(pass.value);
  require_finite(value, iteration);
  std::vector<double> slope(value.size(), 0.0);
  for (size_t r = 0; r < value.size(); ++r) {
    if (batch.facts.source[r] != Source::policy) continue;
    const ValueLoss own =
        value_loss(value[r], batch.value[r], batch.value_target[r], config_.value_clip);
    report.loss += own.loss;
    report.clipped += own.clipped;
    slope[r] = own.slope / tokens;
  }
  critic_.backward(std::move(pass), at::tensor(slope, at::kDouble));
}

void CriticUpdater::step(const MiniBatch& mini_batch, double lr_factor, int64_t iteration,
                         CriticReport& report) {
  std::vector<double> tokens = {policy_tokens(mini_batch)};
  report.stepped_tokens += tokens.front();
  communicator_.all_reduce_sum(tokens);
  critic_.arena().zero_gradients();
  for (const MicroBatch& batch : mini_batch.micro_batches)
    run_micro_batch(batch, std::max(1.0, tokens.front()), iteration, report);
  report.grad_norm += optimizer_step(
      critic_.arena(), optimizer_, communicator_,
      {.lr = config_.lr * lr_factor, .max_grad_norm = config_.max_grad_norm}, iteration, "critic");
  ++report.optimizer_steps;
}

void CriticUpdater::save(const fs::path& folder) const {
  engine::write_safetensors(weights_of(folder), engine::named_weights(critic_.arena()));
  engine::write_safetensors(moments_of(folder),
                            engine::named_moments(critic_.arena(), optimizer_));
}

void CriticUpdater::restore(const fs::path& folder, int64_t optimizer_steps) {
  engine::load_weights(weights_of(folder), critic_.arena());
  engine::load_moments(moments_of(folder), critic_.arena(), optimizer_steps, optimizer_);
}

}  // namespace rlreason::train
