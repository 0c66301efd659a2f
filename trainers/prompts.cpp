#include "trainers/prompts.h"

#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace rlreason::train {

PromptSampler::PromptSampler(const TrainConfig& config, uint64_t seed,
                             const tokenizer::Tokenizer& tokenizer,
                             const std::map<std::string, std::filesystem::path>& datasets)
    : seed_(seed),
      max_new_tokens_(config.rollout.max_new_tokens),
      max_length_(config.model.max_position_embeddings),
      tokenizer_(tokenizer) {
  for (const SourceConfig& own : config.data) {
    Source source{
        .config = own, .rows = {}, .stream = nullptr, .excluded = data::prompts_of(own.exclude)};
    if (own.task.size() > 0) {
      config::Node settings = own.task;
      settings.erase("name");
      source.stream = data::find_task(own.task.at("name").text()).stream(settings);
    } else {
      const data::Dataset dataset = data::Dataset::load(datasets.at(own.name));
      for (const data::Prompt& prompt : dataset.prompts) {
        source.rows.push_back(encode(prompt, own, &dropped_));
        for (const auto& ids : source.rows.back().demonstration_ids) starts_.insert(ids.front());
      }
      if (own.prompts > 0 && source.rows.empty())
        throw DataError("data.{}: required at least one prompt, the dataset has none", own.name);
    }
    sources_.push_back(std::move(source));
  }
}

DrawnPrompt PromptSampler::encode_prompt(data::Prompt prompt) const {
  DrawnPrompt drawn;
  drawn.prompt_ids = tokenizer_.encode(prompt.text);
  if (drawn.prompt_ids.empty())
    throw DataError("prompt {}: required at least one token, its text is empty", prompt.id);
  if (static_cast<int64_t>(drawn.prompt_ids.size()) + max_new_tokens_ > max_length_)
    throw DataError(
        "prompt {}: required at most {} tokens (max_position_embeddings {} minus "
        "rollout.max_new_tokens {}), {} came; shorten or filter it",
        prompt.id, max_length_ - max_new_tokens_, max_length_, max_new_tokens_,
        drawn.prompt_ids.size());
  drawn.prompt = std::move(prompt);
  return drawn;
}

DrawnPrompt PromptSampler::encode(data::Prompt prompt, const SourceConfig& source,
                                  int64_t* dropped) const {
  DrawnPrompt drawn = encode_prompt(std::move(prompt));
  if (!source.demonstrations) return drawn;
  for (const data::Demonstration& demonstration : drawn.prompt.demonstrations) {
    std::vector<int32_t> ids = tokenizer_.encode(demonstration.text);
    ids.push_back(tokenizer_.eos_id());
    if (static_cast<int64_t>(ids.size()) <= max_new_tokens_) {
      drawn.demonstration_ids.push_back(std::move(ids));
    } else if (source.long_demonstrations == "drop") {
      if (dropped) ++*dropped;
    } else {
      throw DataError(
          "data.{}: prompt {}: required demonstrations of at most {} tokens "
          "(rollout.max_new_tokens), {} came; "
          "raise the limit or set data.{}.long_demonstrations=drop",
          source.name, drawn.prompt.id, max_new_tokens_, ids.size(), source.name);
    }
  }
  return drawn;
}

const std::vector<size_t>& PromptSampler::epoch_order(const Source& source, int64_t epoch) const {
  const auto key = std::pair(source.config.name, epoch);
  if (const auto known = orders_.find(key); known != orders_.end()) return known->second;
  if (orders_.size() > 2 * sources_.size()) orders_.clear();
  std::vector<size_t> order(source.rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (source.config.order == "as_written") return orders_.emplace(key, std::move(order)).first->second;
  Sequence random({.seed = seed_,
                   .purpose = Purpose::order,
                   .iteration = static_cast<uint64_t>(epoch),
                   .prompt = hash_id(source.config.name)});
  random.shuffle(order);
  return orders_.emplace(key, std::move(order)).first->second;
}

std::vector<DrawnPrompt> PromptSampler::draw(int64_t iteration) const {
  std::vector<DrawnPrompt> drawn;
  for (const Source& source : sources_) {
    for (int64_t i = 0; i < source.config.prompts; ++i) {
      const int64_t number = iteration * source.config.prompts + i;
      if (source.stream) {
        drawn.push_back(
            encode(data::generate_outside(*source.stream, source.config.name, seed_,
                                          static_cast<uint64_t>(number), source.excluded)
                       .prompt,
                   source.config, nullptr));
        continue;
      }
      const int64_t rows = static_cast<int64_t>(source.rows.size());
      drawn.push_back(
          source.rows[epoch_order(source, number / rows)[static_cast<size_t>(number % rows)]]);
    }
  }
  std::map<std::string, uint32_t> seen;
  for (DrawnPrompt& own : drawn) own.occurrence = seen[own.prompt.id]++;
  return drawn;
}

}  // namespace rlreason::train
