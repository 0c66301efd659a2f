#include "trainers/component_gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dot.h>

#include <cmath>
#include <map>
#include <string>

#include "core/engine/analysis/weight_change.h"
#include "trainers/update.h"

namespace rlreason::train {
namespace {

using Json = nlohmann::json;

struct OneGradient {
  std::string name;
  ComponentSums sums;
  std::map<std::string, std::vector<at::Tensor>> types;  // f64, flat
};

double product(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i].dot(b[i]).item<double>();
  return sum;
}

double product(const OneGradient& a, const OneGradient& b) {
  double sum = 0;
  for (const auto& [type, own] : a.types) sum += product(own, b.types.at(type));
  return sum;
}

OneGradient gradient_of(const TrainConfig& whole, size_t component, engine::Policy& policy,
                        const std::vector<Group>& groups, int64_t iteration, const History& history,
                        const Anchors* anchors, CriticUpdater* critic) {
  TrainConfig config = whole;
  config.components = {whole.components[component]};
  engine::AdamW untouched(policy.arena(), {});
  const auto communicator = engine::local_communicator();
  Updater updater(config, policy, untouched, *communicator, anchors, critic);
  const std::vector<ComponentSums> sums = updater.accumulate(groups, iteration, history);
  OneGradient out{.name = config.components.front().name,
                  .sums = sums.empty() ? ComponentSums{} : sums.front(),
                  .types = {}};
  for (const engine::ParameterSpec& spec : policy.arena().specs())
    out.types[engine::tensor_type(spec.name)].push_back(
        policy.arena().gradient(spec.name).to(at::kDouble).flatten().clone());
  return out;
}

Json cosine_json(const OneGradient& a, const OneGradient& b) {
  Json out = {{"first", a.name}, {"second", b.name}, {"types", Json::object()}};
  const double size = std::sqrt(product(a, a) * product(b, b));
  if (size > 0) out["cosine"] = product(a, b) / size;
  for (const auto& [type, own] : a.types) {
    const auto& other = b.types.at(type);
    const double both = std::sqrt(product(own, own) * product(other, other));
    if (both > 0) out["types"][type] = product(own, other) / both;
  }
  return out;
}

}  // namespace

Json component_gradients(const TrainConfig& config, engine::Policy& policy,
                         const std::vector<Group>& groups, int64_t iteration,
                         const History& history, const Anchors* anchors,
                         CriticUpdater* critic) {
  std::vector<OneGradient> all;
  for (size_t c = 0; c < config.components.size(); ++c)
    all.push_back(gradient_of(config, c, policy, groups, iteration, history, anchors, critic));
  OneGradient sum = all.front();
  for (size_t c = 1; c < all.size(); ++c)
    for (auto& [type, own] : sum.types)
      for (size_t i = 0; i < own.size(); ++i) own[i] = own[i] + all[c].types.at(type)[i];
  const double squares = product(sum, sum);
  Json out = {{"norm", std::sqrt(squares)},
              {"groups", groups.size()},
              {"components", Json::array()},
              {"cosines", Json::array()}};
  for (const OneGradient& own : all) {
    Json row = {{"name", own.name},
                {"loss", own.sums.loss},
                {"coef", own.sums.coef},
                {"targets", own.sums.targets},
                {"types", Json::object()}};
    if (own.sums.targets > 0) {
      row["norm"] = std::sqrt(product(own, own));
      if (squares > 0) row["share"] = product(own, sum) / squares;
      for (const auto& [type, tensors] : own.types)
        row["types"][type] = std::sqrt(product(tensors, tensors));
    }
    out["components"].push_back(std::move(row));
  }
  for (size_t a = 0; a < all.size(); ++a)
    for (size_t b = a + 1; b < all.size(); ++b)
      out["cosines"].push_back(cosine_json(all[a], all[b]));
  return out;
}

}  // namespace rlreason::train
