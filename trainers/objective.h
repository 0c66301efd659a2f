// The objective of a recipe: a sum of components over targets and streams.
//
//   L = sum_c coef_c(iteration) * sum_r weight_c[r] * token_weight_c[r] * loss_c[r]
//
// Legend: R targets of a micro-batch, S sequences of its mini-batch.
// weight_c[r] comes from counts over the whole mini-batch (count()), so splitting into micro-batches or reordering changes no
// gradient.  Targets a component does not select never enter its arithmetic: whatever stands there, NaN included, is inert.
// A recipe's token_advantage makes the stream advantage from the others before any component reads it.
// Not here: scoring (core/engine), who is in the batch (trainers/groups.h).
// Thread safety: const after construction.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trainers/catalog/train_config.h"
#include "trainers/history.h"
#include "trainers/piece.h"
#include "trainers/streams.h"

namespace rlreason::train {

// What the host knows of each target.
struct TargetSet {
  std::vector<int64_t> sequence;  // [R] index in the mini-batch
  std::vector<Source> source;     // [R]
  std::vector<int64_t> prompt;    // [R] index in the mini-batch; may be empty where no normalizer asks
  std::vector<double> reward;     // [R] of its response, NaN: unscored; may be empty where no component selects by it
  std::vector<int64_t> block;     // [R] which of the recipe's blocks of groups; likewise
  size_t size() const { return sequence.size(); }
  void append(const TargetSet& more);
};

// Sums over targets, so that micro-batches add up; shares and means are taken when a record is written.
struct ComponentSums {
  std::string name;
  double loss = 0;  // coef * sum of weighted losses: the component's part of L
  double raw = 0;   // the same without coef
  double coef = 0;
  double targets = 0;  // selected and kept
  double clipped = 0;  // of those, decided by the bound
  double ratio = 0, ratio_max = 0;
  bool has_clip = false, has_ratio = false;
  double masked = 0;  // selected, but left out by the mask
  // Of the clipped: by the side of 1 that the ratio is on and the sign of the advantage.
  double clip_low_positive = 0, clip_low_negative = 0, clip_high_positive = 0,
         clip_high_negative = 0;
  double ratio_squares = 0;
  std::vector<float> ratios{};  // of every target, for quantiles
};
void add(std::vector<ComponentSums>& total, const std::vector<ComponentSums>& part);

class Objective {
 public:
  explicit Objective(const TrainConfig& config);

  // Per component.  `streams` holds logprob of all targets, and what the ratio reads, when a mask or clip depends on
  // the whole mini-batch (RecipeNeeds::prescore); else it may be empty.
  std::vector<MiniBatchCounts> count(const TargetSet& targets, int64_t sequences,
                                     const Streams& streams) const;

  struct Value {
    at::Tensor
        loss;  // scalar with a graph to the streams; undefined when no component selected anything
    std::vector<ComponentSums> components;
  };
  Value evaluate(const TargetSet& targets, const Streams& streams,
                 const std::vector<MiniBatchCounts>& counts, int64_t iteration,
                 const History& history = {}) const;  // of the iterations before, for coefficients that answer to it

  bool has_token_advantage() const { return static_cast<bool>(token_advantage_); }
  // The same streams with `advantage` as each target has it; unchanged without streams or a token advantage.
  Streams with_token_advantage(const Streams& streams) const;

 private:
  struct Component {
    std::string name;
    SelectConfig select;
    std::optional<Source> source;  // nothing: any
    std::optional<int64_t> block;  // likewise
    SurrogateParts parts;
    LossFunction loss;
    MaskFunction mask;
    MaskBoundsFunction find_mask_bounds;  // empty where the mask knows its bounds
    TokenWeightFunction token_weight;
    NormalizerFunction normalizer;
    ScheduleFunction coef;          // by the clock,
    ControllerFunction controller;  // or by what was observed; one of them is empty
  };
  struct Selection {
    std::vector<int64_t> index;  // targets kept
    size_t masked = 0;           // targets selected but not kept
    Streams streams;             // at those targets
  };
  static Selection select(const Component& component, const TargetSet& targets,
                          const Streams& streams, const std::vector<double>& mask_bounds);
  static Selection unmasked(const Component& component, const TargetSet& targets, const Streams& streams);

  static bool selects(const Component& component, const TargetSet& targets, size_t target);

  std::vector<Component> components_;
  TokenAdvantageFunction token_advantage_;  // empty: a response's advantage is each of its tokens'
  int64_t iterations_;
};

}  // namespace rlreason::train
