// The critic of a run: values of the policy's tokens before an update, and a step of its own beside each of the policy's.
//
// credit() fills value, value_target and advantage of the micro-batches by the critic's weights as they stand (credit.h).
// step() is one AdamW step on a mini-batch's value_loss, the mean over the policy's tokens of all ranks.
// Its first decoder weights are the policy's at construction.  Weights and moments are part of the run's state: critic.safetensors
// and critic-optimizer.safetensors in a checkpoint.
// Errors: NumericError naming iteration, before its weights change; DataError for a checkpoint that does not fit.
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/engine/communicator/communicator.h"
#include "core/engine/model/critic.h"
#include "core/engine/optimizer/adamw.h"
#include "trainers/catalog/train_config.h"
#include "trainers/packing.h"
#include "trainers/piece.h"

namespace rlreason::train {

// Over the policy's tokens of an iteration.
struct CriticReport {
  double tokens = 0, value = 0;              // sums, before the update
  double target = 0, target_squares = 0;     // sums of G and G^2
  double residual = 0, residual_squares = 0; // sums of G - V and its square
  double loss = 0, clipped = 0, stepped_tokens = 0, grad_norm = 0;  // sums over optimizer steps
  int64_t optimizer_steps = 0;

  // 1 - var(G - V) / var(G); nothing where G does not vary.
  std::optional<double> explained_variance() const;
};

class CriticUpdater {
 public:
  CriticUpdater(const TrainConfig& config, const engine::Policy& start, engine::Communicator& communicator);

  void credit(std::vector<MiniBatch>& mini_batches, int64_t iteration, CriticReport& report) const;
  // `lr_factor`: on critic.lr.  REQUIRES: credit() of the same mini-batches before.
  void step(const MiniBatch& mini_batch, double lr_factor, int64_t iteration, CriticReport& report);

  void save(const std::filesystem::path& folder) const;
  void restore(const std::filesystem::path& folder, int64_t optimizer_steps);

 private:
  void run_micro_batch(const MicroBatch& batch, double tokens, int64_t iteration, CriticReport& report);

  CriticConfig config_;
  engine::Critic critic_;
  engine::AdamW optimizer_;
  engine::Communicator& communicator_;
  CreditFunction credit_;
};

}  // namespace rlreason::train
