#include "trainers/catalog/recipe_facts.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "core/config/node.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

PlacedPiece place(const char* member, const char* axis, const config::Node& node) {
  nlohmann::json settings = config::to_json(node);
  const PieceInfo& info = find_piece(axis, settings.at("kind"), member);
  return {.member = member, .settings = std::move(settings), .info = &info};
}

std::vector<std::string> words_of(const PlacedPiece& piece) {
  nlohmann::json settings = piece.settings;
  settings.erase("kind");
  std::istringstream own(piece.info->needs_with(settings));
  return {std::istream_iterator<std::string>(own), {}};
}

bool sees(const ComponentConfig& component, std::optional<Source> source) {
  return !source || component.select.source == "any" ||
         component.select.source == to_string(*source);
}

bool is_stream(const std::string& word) {
  static const std::set<std::string> kOthers = {"entropy", "vocab_mean", "old_vocab_mean",
                                                "solve_rate", "value"};
  return kOthers.contains(word) || (word != "logprob" && word.ends_with("logprob"));
}

}  // namespace

std::vector<PlacedPiece> pieces_in_use(const ComponentConfig& component) {
  std::vector<PlacedPiece> pieces = {place("loss", "losses", component.loss)};
  const std::vector<std::string> words = words_of(pieces.front());
  if (std::find(words.begin(), words.end(), "ratio") != words.end()) {
    pieces.push_back(place("ratio", "ratios", component.ratio));
    pieces.push_back(place("shape", "ratio_shaping", component.shape));
    pieces.push_back(place("clip", "clips", component.clip));
  }
  pieces.push_back(place("mask", "masks", component.mask));
  pieces.push_back(place("token_weight", "token_weights", component.token_weight));
  pieces.push_back(place("normalizer", "normalizers", component.normalizer));
  pieces.push_back(place("coef", "schedules", component.coef));
  return pieces;
}

std::set<std::string> component_words(const TrainConfig& config, const ComponentConfig& component) {
  std::set<std::string> words;
  for (const PlacedPiece& piece : pieces_in_use(component))
    for (std::string& word : words_of(piece)) words.insert(std::move(word));
  words.erase("ratio");  // a word between pieces
  const bool seen = component.select.source == "any" || component.select.source == "policy";
  if (seen && !config.critic.estimator.is_null() && words.contains("advantage"))
    words.insert("value");
  if (config.token_advantage.is_null() || words.erase("advantage") == 0) return words;
  const PlacedPiece tokens = place("token_advantage", "token_advantages", config.token_advantage);
  for (std::string& word : words_of(tokens)) words.insert(std::move(word));
  return words;
}

std::vector<std::string> words_read(const TrainConfig& config, std::optional<Source> source) {
  std::set<std::string> words;
  for (const ComponentConfig& component : config.components)
    if (sees(component, source)) words.merge(component_words(config, component));
  return {words.begin(), words.end()};
}

std::vector<std::string> required_streams(const TrainConfig& config, std::optional<Source> source) {
  std::vector<std::string> streams = words_read(config, source);
  const bool others = source && *source != Source::policy;  // they have no value
  std::erase_if(streams, [&](const std::string& word) {
    return !is_stream(word) || (others && word == "value");
  });
  return streams;
}

BaselineNeeds baseline_needs(const TrainConfig& config) {
  const nlohmann::json advantage = config::to_json(config.advantage);
  const std::string baseline = advantage.value("baseline", "none");
  const bool alone =
      baseline == "none" || baseline == "greedy" || advantage.value("singleton", "") == "raw";
  return {.responses = alone ? 1 : 2,
          .policy_only = advantage.value("scope", "") == "on_policy",
          .greedy = baseline == "greedy"};
}

RelativeCost relative_cost(const TrainConfig& config) {
  const RecipeNeeds needs = needs_of(config);
  double sampled = 0;
  for (const GroupConfig& block : group_blocks(config)) {
    // What a condition may add or leave out counts as if it always did what it is there for.
    double own = 0;
    for (const SlotConfig& slot : block.slots)
      if (slot.source != "demonstration" && slot.source != "replay")
        own += static_cast<double>(slot.n);
    sampled += block.share * own / static_cast<double>(trained_responses_of(block));
  }
  const auto epochs = static_cast<double>(config.update.epochs);
  RelativeCost cost{.generated = sampled, .forward = epochs, .backward = epochs};
  if (needs.prescore) cost.forward += epochs;
  if (needs.value) cost.forward += 1 + epochs, cost.backward += epochs;
  cost.forward += static_cast<double>(needs.anchors.size());  // once: their weights stand still
  if (needs.old_logprob && config.rollout.old_logprob == "rescored")
    cost.forward += 1;
  else if (needs.old_logprob_of_demonstrations ||
           (needs.old_logprob && needs.unrecorded_old_logprob))
    cost.forward += 1;  // whole micro-batches are scored
  return cost;
}

}  // namespace rlreason::train
