// One iteration's optimizer steps: score, objective, backward, clip, AdamW.
//
// Anchors' log-probs are taken once an iteration: their weights stand still until the next.
// For each pass and mini-batch: counts over the whole mini-batch -> for each micro-batch forward, objective, backward into the
// arena -> gradient norm -> one AdamW step.  Old log-probs are the ones recorded while sampling; the first forward of the
// iteration (same weights) measures how far they are off, and a difference beyond rollout.mismatch_bound is a NumericError.
// A non-finite log-prob, loss or gradient is a NumericError naming iteration, component and prompt; weights stay as they were
// before that optimizer step.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/engine/communicator/communicator.h"
#include "core/engine/model/policy.h"
#include "core/engine/optimizer/adamw.h"
#include "trainers/anchors.h"
#include "trainers/catalog/recipe.h"
#include "trainers/critic_update.h"
#include "trainers/objective.h"
#include "trainers/packing.h"
#include "trainers/update_health.h"

namespace rlreason::train {

// Sums over the targets of one source (policy, demonstration or replay), over all passes of the iteration's first optimizer step.
struct SourceSums {
  double targets = 0, entropy = 0, probability = 0;
};

// Sums of logprob - log-prob of an anchor over the policy's targets in the same step.
using AnchorSums = std::map<std::string, double>;

// What one optimizer step accumulates.
struct StepSums {
  std::vector<ComponentSums> components;
  SourceSums policy, demonstration, replay;
  AnchorSums anchors;
  double mismatch = 0;  // max |recorded - scored| log-prob, nats
};

struct UpdateReport : StepSums {         // of the iteration's first optimizer step, and
  std::vector<ComponentSums> all_steps;  // of all of them
  UpdateHealth health;
  CriticReport critic;
  double grad_norm = 0;  // mean over optimizer steps, before clipping
  double lr = 0;        // of the last optimizer step
  int64_t trained_tokens = 0;  // packed tokens forwarded and backwarded
  int64_t optimizer_steps = 0;
};

class Updater {
 public:
  Updater(const TrainConfig& config, engine::Policy& policy, engine::AdamW& optimizer,
          engine::Communicator& communicator,
          const Anchors* anchors = nullptr,   // required when the recipe reads log-probs of one
          CriticUpdater* critic = nullptr);   // required when the recipe reads values; stepped by update()
  UpdateReport update(const std::vector<Group>& groups, int64_t iteration, const History& history = {});
  // The gradient of all groups as one mini-batch, left in the policy's arena; no optimizer step.
  std::vector<ComponentSums> accumulate(const std::vector<Group>& groups, int64_t iteration, const History& history = {});

 private:
  struct Step;       // an optimizer step under way
  struct LookAhead;  // a mini-batch's targets, scored before its step where a recipe asks for it
  void prepare(std::vector<MiniBatch>& mini_batches, int64_t iteration, CriticReport& critic) const;
  // `wanted`: mini-batches asked of pack().
  void score_hinted(const std::vector<Group>& groups, int64_t wanted, std::vector<MiniBatch>& mini_batches) const;
  void score_anchors(MicroBatch& batch) const;
  at::Tensor logprob_of(const MicroBatch& batch) const;  // by the weights as they stand
  LookAhead look_ahead(const MiniBatch& mini_batch) const;
  double lr_factor(const LookAhead& ahead) const;
  Streams streams_of(const MicroBatch& batch) const;
  void run_micro_batch(const MicroBatch& batch, const std::vector<MiniBatchCounts>& counts,
                       Step& step);
  double run_mini_batch(const MiniBatch& mini_batch, Step& step);  // the factor on its learning rate
  std::vector<MiniBatchCounts> count(const LookAhead& ahead, bool over_ranks);

  const TrainConfig& config_;
  RecipeNeeds needs_;
  engine::Policy& policy_;
  engine::AdamW& optimizer_;
  engine::Communicator& communicator_;
  const Anchors* anchors_;
  CriticUpdater* critic_;
  Objective objective_;
  ScheduleFunction schedule_;
  LrScaleFunction lr_scale_;  // empty: none
};

}  // namespace rlreason::train
