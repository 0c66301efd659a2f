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
  at::Tensor log_ratio;  // [r] clamped
  at::Tensor value;      // [r] exp(log_ratio)
  at::Tensor logprob;    // [r] of the current policy
  at::Tensor
      reference_logprob;  // [r] of the other policy; undefined where its probability is taken as 1
};
Ratio make_ratio(const at::Tensor& logprob, const at::Tensor& reference_logprob);

struct Clipped {
  at::Tensor surrogate;  // [r] to maximise
  at::Tensor clipped;    // [r] bool: the bound decided; undefined without a bound
};

// Sizes a normalizer may use: counted over the whole mini-batch and over all ranks.
struct MiniBatchCounts {
  double sequences = 0;           // all sequences, selected or not
  double targets = 0;             // all targets the component's mask keeps, selected or not
  double selected_targets = 0;    // targets the component selects and its mask keeps
  double selected_sequences = 0;  // sequences with at least one of those
  std::vector<double> targets_of_sequence;  // [S] of those, per sequence
};

using RatioFunction = std::function<Ratio(const Streams&)>;
using ShapeFunction = std::function<at::Tensor(const Ratio&)>;  // [r]
using ClipFunction = std::function<Clipped(const at::Tensor& advantage, const at::Tensor& shaped)>;
using MaskFunction = std::function<at::Tensor(const Streams&)>;  // bool [r], undefined keeps all
using TokenWeightFunction =
    std::function<at::Tensor(const Streams&)>;  // [r] detached, undefined is 1
using NormalizerFunction = std::function<std::vector<double>(const std::vector<int64_t>& sequence,
                                                             const MiniBatchCounts&)>;  // [r]
using ScheduleFunction = std::function<double(int64_t iteration, int64_t iterations)>;
using RewardFunction = std::function<double(const data::Verdict&)>;
using AdvantageFunction = std::function<std::vector<double>(const GroupFacts&)>;  // [S]

// The ratio, shape and clip of a component, for losses that use them.
struct SurrogateParts {
  RatioFunction ratio;
  ShapeFunction shape;
  ClipFunction clip;
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

}  // namespace rlreason::train
