// From names to one resolved training configuration: recipe files, setting files and changes.  No LibTorch.
//
// Order of overlays: the recipe's `extends` chain, the setting's `common`, the setting's block for each recipe of the chain,
// then --set changes.  In a changed path, an element of a list of named blocks may be addressed by its name
// (components.on.coef=0.5, data.fresh.prompts=8).
// Errors: UserError with file and line, or "--set …".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/config/node.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::train {

struct ResolvedConfig {
  TrainConfig config;
  nlohmann::json json;          // complete, every piece with all of its settings: what the engine reads
  nlohmann::json identity;      // what differs from the defaults; no names, texts, init, checkpoints, threads, dataset sources
  std::string recipe, setting;  // names without folder and extension
};

ResolvedConfig resolve_config(const std::string& recipe, const std::string& setting, const std::vector<std::string>& sets);

// Checks every piece block and fills in its settings.
void resolve_pieces(TrainConfig& config);

// The resolved JSON back into a configuration.
TrainConfig config_from_json(const nlohmann::json& resolved);

// The blocks of groups: `groups`, or one block of all prompts with `slots`.
std::vector<GroupConfig> group_blocks(const TrainConfig& config);
// The block of `groups` of that name, as an index; nothing when there is none.
std::optional<int64_t> block_called(const TrainConfig& config, const std::string& name);
// Responses of a group: those of all slots but the greedy probe's, which is never trained on.
int64_t responses_of(const GroupConfig& block);
// Of those, the ones that stay: drafts leave the group once their retries have begun.
int64_t trained_responses_of(const GroupConfig& block);
// How many of `prompts` prompts each block gets: rounded down, the rest to the largest remainders, earlier blocks first.
std::vector<int64_t> block_sizes(const std::vector<GroupConfig>& blocks, int64_t prompts);

// What a recipe needs beyond plain log-probs, derived from its pieces.
struct RecipeNeeds {
  bool rollouts = false, demonstrations = false;
  bool old_logprob = false, behavior_logprob = false, entropy = false;
  bool probabilities_of_demonstrations = false;  // a ratio against behavior_logprob sees their tokens
  bool old_logprob_of_demonstrations = false;  // must be scored: nobody recorded it
  bool unrecorded_old_logprob = false;         // some responses were sampled by another policy or from another prompt
  bool replay = false;                         // the policy's own earlier responses
  bool hints = false;                          // some block shows hints, or hinted_logprob is read
  bool hinted_logprob = false;
  bool vocab_mean = false;      // the vocabulary's mean log-prob, now and before the update
  bool proxy_logprob = false;   // of the policy before the update without its least likely tokens
  bool solve_rate = false;      // of each target's group
  bool value = false;           // a critic's value of each of the policy's tokens
  bool history = false;         // a coefficient answers to earlier iterations
  std::vector<std::string> anchors;            // whose log-probs are read (anchors.h)
  bool prescore = false;                       // masks depend on current log-probs of the whole mini-batch
  bool rewards = false;                        // verdicts and advantages are used
};
RecipeNeeds needs_of(const TrainConfig& config);

// A setting file's blocks.
struct Setting {
  std::string name, summary;
  config::Node common, recipes, gates;
  std::vector<std::string> suites;
};
Setting load_setting(const std::string& name);

struct RecipeFile {
  std::string name;
  config::Node root;                // merged over its `extends` chain
  std::vector<std::string> chain;   // names, furthest ancestor first, itself last
};
RecipeFile load_recipe(const std::string& name);

}  // namespace rlreason::train
