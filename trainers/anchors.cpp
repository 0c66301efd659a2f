#include "trainers/anchors.h"

#include <algorithm>

#include "core/engine/checkpoint/arena_files.h"
#include "core/error.h"
#include "trainers/catalog/anchors.h"

namespace rlreason::train {
namespace {

namespace fs = std::filesystem;

using SharedPolicy = std::shared_ptr<engine::Policy>;

void copy_weights(const engine::Policy& from, engine::Policy& to) {
  to.arena().weights().copy_(from.arena().weights());
  to.arena().bump_version();
}

SharedPolicy copy_of(const engine::Policy& policy) {
  auto copy = std::make_shared<engine::Policy>(policy.config(), policy.arena().dtype());
  copy_weights(policy, *copy);
  return copy;
}

std::string coming_name(const std::string& anchor, size_t number) {
  return fmt::format("{}-{}", anchor, number);
}

fs::path file_of(const fs::path& folder, const std::string& name) {
  return folder / ("anchor-" + name + ".safetensors");
}

void require_same_text(const AnchorConfig& anchor, const fs::path& folder,
                       const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer) {
  const tokenizer::Tokenizer own = tokenizer::Tokenizer::load(folder);
  if (own.digest() != tokenizer.digest())
    throw DataError(
        "anchors.{}: required the tokenizer of the trained model ({} tokens), {} has another one "
        "({} tokens); their log-probs are not of the same tokens",
        anchor.name, tokenizer.vocab_size(), folder.string(), own.vocab_size());
  if (policy.config().vocab_size < tokenizer.vocab_size())
    throw DataError(
        "anchors.{}: required a vocabulary of at least the tokenizer's {} tokens, {} has {}",
        anchor.name, tokenizer.vocab_size(), folder.string(), policy.config().vocab_size);
}

void require_same_shape(const AnchorConfig& anchor, const fs::path& folder,
                        const engine::Policy& first, const engine::Policy& other) {
  const auto& a = first.arena().specs();
  const auto& b = other.arena().specs();
  bool same = a.size() == b.size();
  for (size_t i = 0; same && i < a.size(); ++i)
    same = a[i].name == b[i].name && a[i].shape == b[i].shape;
  if (!same)
    throw DataError(
        "anchors.{}: required runs of the same model shape to average, {} differs from the first",
        anchor.name, folder.string());
}

// The mean of the runs' weights, in double.
SharedPolicy from_runs(const AnchorConfig& anchor, const std::vector<fs::path>& folders,
                       at::ScalarType dtype, const tokenizer::Tokenizer& tokenizer) {
  RLR_ENSURE(folders.size() == anchor.runs.size(), "{} folders for {} runs of anchor {}",
             folders.size(), anchor.runs.size(), anchor.name);
  auto policy = std::make_shared<engine::Policy>(engine::load_policy(folders.front(), dtype));
  require_same_text(anchor, folders.front(), *policy, tokenizer);
  if (folders.size() == 1) return policy;
  at::Tensor sum = policy->arena().weights().to(at::kDouble);
  for (size_t i = 1; i < folders.size(); ++i) {
    const engine::Policy other = engine::load_policy(folders[i], dtype);
    require_same_text(anchor, folders[i], other, tokenizer);
    require_same_shape(anchor, folders[i], *policy, other);
    sum.add_(other.arena().weights().to(at::kDouble));
  }
  policy->arena().weights().copy_(sum.div_(static_cast<double>(folders.size())));
  policy->arena().bump_version();
  return policy;
}

}  // namespace

Anchors::Anchors(const TrainConfig& config, const fs::path& init, const AnchorFolders& folders,
                 const engine::Policy& start, const tokenizer::Tokenizer& tokenizer) {
  SharedPolicy first;
  for (const AnchorConfig& anchor : anchors_of(config)) {
    Own own{.config = anchor, .policy = nullptr};
    if (anchor.kind == "runs") {
      own.policy = from_runs(anchor, folders.at(anchor.name), start.arena().dtype(), tokenizer);
    } else if (anchor.kind == "own") {
      own.policy = copy_of(start);
    } else {
      RLR_ENSURE(!init.empty(), "anchor {} without first weights", anchor.name);
      if (!first) first = copy_of(start);
      own.policy = first;
    }
    anchors_.emplace(anchor.name, std::move(own));
  }
}

void Anchors::begin_iteration(int64_t iteration, const engine::Policy& policy) {
  for (auto& [name, own] : anchors_) {
    if (own.config.kind != "own") continue;
    const AnchorConfig& config = own.config;
    if (config.behind > 0) {
      own.coming.push_back(copy_of(policy));
      if (static_cast<int64_t>(own.coming.size()) <= config.behind) continue;
      own.policy = own.coming.front();
      own.coming.pop_front();
    } else if (config.decay > 0) {
      if (iteration == 0) continue;
      at::Tensor average = own.policy->arena().weights();
      average.mul_(config.decay).add_(policy.arena().weights(), 1.0 - config.decay);
      own.policy->arena().bump_version();
    } else if (config.every > 0 ? iteration % config.every == 0 : iteration == config.reset_at) {
      copy_weights(policy, *own.policy);
    }
  }
}

const Anchors::Own& Anchors::at(const std::string& name) const {
  const auto found = anchors_.find(name);
  RLR_ENSURE(found != anchors_.end(), "no anchor {}", name);
  return found->second;
}

const engine::Policy& Anchors::policy(const std::string& name) const { return *at(name).policy; }

double Anchors::temperature(const std::string& name) const { return at(name).config.temperature; }

void Anchors::save(const fs::path& folder) const {
  for (const auto& [name, own] : anchors_) {
    if (own.config.kind != "own") continue;
    engine::write_safetensors(file_of(folder, name), engine::named_weights(own.policy->arena()));
    for (size_t i = 0; i < own.coming.size(); ++i)
      engine::write_safetensors(file_of(folder, coming_name(name, i)),
                                engine::named_weights(own.coming[i]->arena()));
  }
}

void Anchors::restore(const fs::path& folder, int64_t iteration) {
  for (auto& [name, own] : anchors_) {
    if (own.config.kind != "own") continue;
    if (own.config.behind > 0) own.policy = copy_of(*own.policy);  // perhaps one of those that were coming
    engine::load_weights(file_of(folder, name), own.policy->arena());
    own.coming.clear();
    for (int64_t i = 0; i < std::min(iteration, own.config.behind); ++i) {
      own.coming.push_back(copy_of(*own.policy));
      engine::load_weights(file_of(folder, coming_name(name, static_cast<size_t>(i))),
                           own.coming.back()->arena());
    }
  }
}

}  // namespace rlreason::train
