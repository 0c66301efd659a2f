// A small batch for objective tests: rows of tokens as the papers' code sees them, turned into targets and streams.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/config/parse.h"
#include "trainers/catalog/recipe.h"
#include "trainers/catalog/recipe_facts.h"
#include "trainers/objective.h"

namespace rlreason::train {

using Rows = std::vector<std::vector<double>>;

// Only positions with mask 1 become targets.
struct ObjectiveCase {
  TargetSet targets;
  std::vector<std::pair<size_t, size_t>> place;  // row and column of each target
  std::vector<double> logprob, old_logprob, advantage, behavior_logprob;
  std::vector<double> ref_logprob;                  // old log-probs - 0.1 where none are given
  std::map<std::string, std::vector<double>> more;  // further streams by name
  int64_t sequences = 0;

  void add(size_t row, size_t column, Source source, double lp, double old_lp, double a,
           double behavior) {
    targets.sequence.push_back(static_cast<int64_t>(row));
    targets.source.push_back(source);
    targets.prompt.push_back(static_cast<int64_t>(row / 2));
    targets.reward.push_back(row % 2 == 0 ? 1.0 : 0.0);
    targets.block.push_back(0);
    place.emplace_back(row, column);
    logprob.push_back(lp);
    old_logprob.push_back(old_lp);
    advantage.push_back(a);
    behavior_logprob.push_back(behavior);
  }
};

struct ObjectiveResult {
  double loss = 0;
  std::vector<double> gradient;  // per target
  std::vector<ComponentSums> components;
};

inline TrainConfig config_of(const std::string& components_yaml) {
  TrainConfig config =
      config::parse<TrainConfig>(config::parse_yaml("components:\n" + components_yaml, "test"));
  resolve_pieces(config);
  return config;
}

// Log-probs and entropies carry gradients.
inline Streams streams_of(const ObjectiveCase& data, const TrainConfig& config,
                          at::ScalarType dtype = at::kDouble) {
  Streams streams;
  const at::Tensor logprob = at::tensor(data.logprob, dtype).requires_grad_(true);
  const at::Tensor entropy =
      at::tensor(std::vector<double>(data.logprob.size(), 0.5), dtype).requires_grad_(true);
  streams.put("logprob", logprob);
  streams.put("entropy", entropy);
  streams.put("old_logprob", at::tensor(data.old_logprob, dtype));
  streams.put("behavior_logprob", at::tensor(data.behavior_logprob, dtype));
  streams.put("ref_logprob", data.ref_logprob.empty() ? at::tensor(data.old_logprob, dtype) - 0.1
                                                      : at::tensor(data.ref_logprob, dtype));
  streams.put("advantage", at::tensor(data.advantage, dtype));
  for (const auto& [name, values] : data.more) streams.put(name, at::tensor(values, dtype));
  // What else a recipe reads: something that follows its target.
  for (const std::string& name : required_streams(config))
    if (!streams.contains(name))
      streams.put(name, name == "solve_rate" ? at::tensor(data.old_logprob, dtype).exp()
                                             : at::tensor(data.old_logprob, dtype) * 0.9);
  return streams;
}

inline ObjectiveResult evaluate_case(const ObjectiveCase& data, const TrainConfig& config,
                                     int64_t iteration = 0, at::ScalarType dtype = at::kDouble) {
  const Streams streams = streams_of(data, config, dtype);
  const at::Tensor& logprob = streams.at("logprob");
  const Objective objective(config);
  const auto value = objective.evaluate(
      data.targets, streams, objective.count(data.targets, data.sequences, streams), iteration);
  ObjectiveResult result;
  result.components = value.components;
  result.gradient.assign(data.logprob.size(), 0.0);
  if (!value.loss.defined()) return result;
  result.loss = value.loss.item<double>();
  value.loss.backward();
  const at::Tensor gradient =
      logprob.grad().defined() ? logprob.grad().to(at::kDouble).contiguous() : at::Tensor();
  if (gradient.defined())
    for (size_t i = 0; i < result.gradient.size(); ++i)
      result.gradient[i] = gradient.const_data_ptr<double>()[i];
  return result;
}

}  // namespace rlreason::train
