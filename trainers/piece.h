// What the arithmetic of a piece looks like, one function type an axis, and how its file registers it.
//
// Legend: r targets selected by a component, S sequences of the iteration.
// trainers/<axis>/<name>.cpp: const Implement<Piece, Function> kEntry{[](const Piece& settings) -> Function {…}};
// Functions see detached tensors except `logprob` and `entropy`, through which the gradient flows.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/registry.h"
#include "trainers/catalog/pieces.h"
#include "trainers/group_facts.h"
#include "trainers/streams.h"

namespace rlreason::train {

// log rho is clamped to ±20 before exp, with no gradient beyond (reliability of the numbers, not a method).
inline constexpr double kLogRatioBound = 20.0;

struct Ratio {
  at::Tensor difference;  // [r] logprob - reference_logprob at the level asked for, not clamped
  at::Tensor log_ratio;   // [r] clamped
  at::Tensor value;       // [r] exp(log_ratio)
  at::Tensor logprob;     // [r] of the current policy
  at::Tensor
      reference_logprob;  // [r] of the other policy; undefined where its probability is taken as 1
  at::Tensor advantage;   // [r] filled in by the loss, for shapes and clips that look at it
  std::vector<double> clip_bounds;  // likewise, of a clip that found them on the whole mini-batch
};
Ratio make_ratio(const at::Tensor& logprob, const at::Tensor& reference_logprob);

// The same at a level: token, seq_geo (mean over the sequence's targets of the log-ratio) or seq_sum (their sum), the same
// value on every target of a sequence, gradient through all of them.  A sequence never spans two micro-batches (packing.h),
// so its targets are all here.  Reads streams logprob and, beyond token, sequence.
Ratio make_ratio(const Streams& streams, const at::Tensor& reference_logprob,
                 const std::string& level);

struct Clipped {
  at::Tensor surrogate;  // [r] to maximise
  at::Tensor clipped;    // [r] bool: the bound decided; undefined without a bound
};

// Sizes a normalizer may use: counted over the whole mini-batch and over all ranks.
struct MiniBatchCounts {
  double sequences = 0;           // all sequences, selected or not
  double targets = 0;             // all targets the component's mask keeps, selected or not
  double unmasked_targets = 0;    // targets the component selects, kept by its mask or not
  double selected_targets = 0;    // targets the component selects and its mask keeps
  double selected_sequences = 0;  // sequences with at least one of those
  std::vector<double> targets_of_sequence;  // [S] of those, per sequence
  double selected_prompts = 0;              // prompts with at least one of those
  std::vector<double> targets_of_prompt;    // [P] of those, per prompt; empty when prompts are not known
  std::vector<int64_t> prompt_of_sequence;  // [S] likewise
  std::vector<double> clip_bounds;          // of a clip that finds them on the whole mini-batch
  std::vector<double> mask_bounds;          // likewise of a mask
};

using RatioFunction = std::function<Ratio(const Streams&)>;
using ShapeFunction = std::function<at::Tensor(const Ratio&)>;  // [r]
using ClipFunction = std::function<Clipped(const Ratio&, const at::Tensor& shaped)>;
// For a clip that needs the whole mini-batch (kNeeds prescore): ratios and advantages of all targets the component keeps -> what
// its ClipFunction then reads as Ratio::clip_bounds.  Registered besides the ClipFunction under the same name.
using ClipBoundsFunction = std::function<std::vector<double>(const std::vector<double>& ratio,
                                                             const std::vector<double>& advantage)>;
// bool [r], undefined keeps all
using MaskFunction = std::function<at::Tensor(const Streams&, const std::vector<double>& bounds)>;
// For a mask that needs the whole mini-batch (kNeeds prescore): the streams at all targets the component selects -> bounds.
// Registered besides the MaskFunction under the same name; not called without targets.
using MaskBoundsFunction = std::function<std::vector<double>(const Streams&)>;
using TokenWeightFunction =
    std::function<at::Tensor(const Streams&)>;  // [r] detached, undefined is 1
using TokenAdvantageFunction =
    std::function<at::Tensor(const Streams&)>;  // [r] detached: the advantage of each target
using NormalizerFunction = std::function<std::vector<double>(const std::vector<int64_t>& sequence,
                                                             const MiniBatchCounts&)>;  // [r]
using ScheduleFunction = std::function<double(int64_t iteration, int64_t iterations)>;
// Factor on the learning rate of one optimizer step.  log_weight: sum over each policy response of logprob - behavior_logprob, nats.
using LrScaleFunction = std::function<double(const std::vector<double>& log_weight)>;
using RewardFunction = std::function<double(const data::Verdict&, int64_t response_tokens)>;
// What each token of a response gets of what the response earned; `value` [tokens] before each of them (credit.h).
using CreditFunction =
    std::function<std::vector<double>(double earned, const std::vector<double>& value)>;
using FilterFunction =
    std::function<std::vector<bool>(const GroupFacts&)>;  // [S] which sequences are trained on
using AdvantageFunction = std::function<std::vector<double>(const GroupFacts&)>;  // [S]

// The ratio, shape and clip of a component, for losses that use them.
struct SurrogateParts {
  RatioFunction ratio;
  ShapeFunction shape;
  ClipFunction clip;
  ClipBoundsFunction find_clip_bounds;  // empty where the clip knows its bounds
  std::vector<double> clip_bounds;
};
struct LossValue {
  at::Tensor loss;     // [r]
  at::Tensor clipped;  // [r] bool or undefined
  at::Tensor ratio;    // [r] or undefined, for metrics
};
using LossFunction = std::function<LossValue(const Streams&, const SurrogateParts&)>;

template <class Function>
using PieceFactory = std::function<Function(const nlohmann::json& settings)>;

template <class Function>
Registry<PieceFactory<Function>>& implementations() {
  static Registry<PieceFactory<Function>> registry("piece");
  return registry;
}

template <class Piece, class Function>
struct Implement {
  explicit Implement(Function (*make)(const Piece&)) {
    implementations<Function>().add(
        std::string(Piece::kAxis) + "/" + std::string(Piece::kName),
        [make](const nlohmann::json& settings) {
          return make(config::parse<Piece>(config::from_json(settings)));
        });
  }
};

// `block` is resolved: {kind, all settings}.
template <class Function>
Function make_piece(const std::string& axis, const nlohmann::json& block) {
  nlohmann::json settings = block;
  settings.erase("kind");
  return implementations<Function>().at(axis + "/" + block.at("kind").get<std::string>())(settings);
}

// Empty where the piece has no function of this type.
template <class Function>
Function make_optional_piece(const std::string& axis, const nlohmann::json& block) {
  const auto* found =
      implementations<Function>().find(axis + "/" + block.at("kind").get<std::string>());
  return found ? make_piece<Function>(axis, block) : Function();
}

}  // namespace rlreason::train
