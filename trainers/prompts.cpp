#include "trainers/prompts.h"

#include <fmt/ranges.h>

#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "trainers/catalog/recipe.h"

namespace rlreason::train {
namespace {

// The template's parts in one pass, so that braces of a problem's own text stay as they are.
std::string hinted_text(const std::string& pattern, const data::Prompt& prompt) {
  constexpr std::string_view kPrompt = "{prompt}", kHints = "{hints}";
  std::string text;
  for (size_t at = 0; at < pattern.size();) {
    const std::string_view rest = std::string_view(pattern).substr(at);
    if (rest.starts_with(kPrompt)) {
      text += prompt.text;
      at += kPrompt.size();
    } else if (rest.starts_with(kHints)) {
      text += fmt::format("{}", fmt::join(prompt.hints, "\n"));
      at += kHints.size();
    } else {
      text += pattern[at++];
    }
  }
  return text;
}

}  // namespace

void number_occurrences(std::vector<DrawnPrompt>& prompts) {
  std::map<std::string, uint32_t> seen;
  for (DrawnPrompt& own : prompts) own.occurrence = seen[own.prompt.id]++;
}

PromptSampler::PromptSampler(const TrainConfig& config, uint64_t seed,
                             const tokenizer::Tokenizer& tokenizer,
                             const std::map<std::string, std::filesystem::path>& datasets)
    : seed_(seed),
      max_new_tokens_(config.rollout.max_new_tokens),
      max_length_(config.model.max_position_embeddings),
      tokenizer_(tokenizer),
      hint_template_(needs_of(config).hints ? config.rollout.hint_template : std::string()),
      need_probabilities_(needs_of(config).probabilities_of_demonstrations),
      retire_(config.retire) {
  for (const SourceConfig& own : config.data) {
    Source source{.config = own,
                  .rows = {},
                  .keys = {},
                  .stream = nullptr,
                  .excluded = data::prompts_of(own.exclude)};
    if (own.task.size() > 0) {
      config::Node settings = own.task;
      settings.erase("name");
      source.stream = data::find_task(own.task.at("name").text()).stream(settings);
    } else {
      const data::Dataset dataset = data::Dataset::load(datasets.at(own.name));
      for (const data::Prompt& prompt : dataset.prompts) {
        source.rows.push_back(encode(prompt, own, long_));
        if (retire_.pass_rate > 0) source.keys.push_back(replay_key(prompt));
        for (const auto& ids : source.rows.back().demonstration_ids) starts_.insert(ids.front());
      }
      if (own.prompts > 0 && source.rows.empty())
        throw DataError("data.{}: required at least one prompt, the dataset has none", own.name);
    }
    sources_.push_back(std::move(source));
  }
  require_hints();
}

// A task's prompts are made while training; what they lack is counted there.
void PromptSampler::require_hints() const {
  if (hint_template_.empty()) return;
  for (const Source& source : sources_) {
    if (source.stream) return;
    for (const DrawnPrompt& row : source.rows)
      if (!row.hinted_ids.empty()) return;
  }
  throw DataError(
      "data: required prompts with hints (a column 'hints'), none of the recipe's datasets has "
      "any; "
      "prepare them with --map hints=COLUMN");
}

std::vector<int32_t> PromptSampler::prompt_tokens(const std::string& id,
                                                  const std::string& text) const {
  std::vector<int32_t> ids = tokenizer_.encode(text);
  if (ids.empty()) throw DataError("prompt {}: required at least one token, its text is empty", id);
  if (static_cast<int64_t>(ids.size()) + max_new_tokens_ > max_length_)
    throw DataError(
        "prompt {}: required at most {} tokens (max_position_embeddings {} minus "
        "rollout.max_new_tokens {}), {} came; shorten or filter it",
        id, max_length_ - max_new_tokens_, max_length_, max_new_tokens_, ids.size());
  return ids;
}

DrawnPrompt PromptSampler::encode_prompt(data::Prompt prompt) const {
  DrawnPrompt drawn;
  drawn.prompt_ids = prompt_tokens(prompt.id, prompt.text);
  if (!hint_template_.empty() && !prompt.hints.empty())
    drawn.hinted_ids = prompt_tokens(prompt.id, hinted_text(hint_template_, prompt));
  drawn.prompt = std::move(prompt);
  return drawn;
}

bool PromptSampler::fits(std::vector<int32_t>& ids, const DrawnPrompt& drawn,
                         const SourceConfig& source, LongDemonstrations& counts) const {
  if (static_cast<int64_t>(ids.size()) <= max_new_tokens_) return true;
  if (source.long_demonstrations == "drop") {
    ++counts.dropped;
    return false;
  }
  if (source.long_demonstrations == "cut") {
    ++counts.cut;
    ids.resize(static_cast<size_t>(max_new_tokens_));
    return true;
  }
  throw DataError(
      "data.{}: prompt {}: required demonstrations of at most {} tokens "
      "(rollout.max_new_tokens), {} came; "
      "raise the limit or set data.{}.long_demonstrations=drop",
      source.name, drawn.prompt.id, max_new_tokens_, ids.size(), source.name);
}

std::vector<float> PromptSampler::logprob_of(const data::Demonstration& demonstration,
                                             size_t tokens, const DrawnPrompt& drawn) const {
  const std::vector<float>& given = demonstration.token_probabilities;
  if (given.empty() && !need_probabilities_) return {};
  if (given.size() != tokens)
    throw DataError(
        "prompt {}: required token_probabilities of a demonstration for each of its {} tokens, the "
        "end token counted, {} came; a recipe with ratio 'one' needs none",
        drawn.prompt.id, tokens, given.size());
  std::vector<float> logprob;
  for (const float probability : given) {
    if (!(probability >= 0.0f && probability <= 1.0f))
      throw DataError("prompt {}: required token_probabilities in [0, 1], {} came", drawn.prompt.id,
                      probability);
    logprob.push_back(std::log(probability));
  }
  return logprob;
}

DrawnPrompt PromptSampler::encode(data::Prompt prompt, const SourceConfig& source,
                                  LongDemonstrations& counts) const {
  DrawnPrompt drawn = encode_prompt(std::move(prompt));
  if (!source.demonstrations) return drawn;
  for (const data::Demonstration& demonstration : drawn.prompt.demonstrations) {
    std::vector<int32_t> ids = tokenizer_.encode(demonstration.text);
    ids.push_back(tokenizer_.eos_id());
    std::vector<float> logprob = logprob_of(demonstration, ids.size(), drawn);
    if (!fits(ids, drawn, source, counts)) continue;
    if (logprob.size() > ids.size()) logprob.resize(ids.size());
    drawn.demonstration_ids.push_back(std::move(ids));
    drawn.demonstration_logprob.push_back(std::move(logprob));
  }
  return drawn;
}

const std::vector<size_t>& PromptSampler::epoch_order(const Source& source, int64_t epoch) const {
  const auto key = std::pair(source.config.name, epoch);
  if (const auto known = orders_.find(key); known != orders_.end()) return known->second;
  if (orders_.size() > 2 * sources_.size()) orders_.clear();
  std::vector<size_t> order(source.rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (source.config.order == "as_written")
    return orders_.emplace(key, std::move(order)).first->second;
  Sequence random({.seed = seed_,
                   .purpose = Purpose::order,
                   .iteration = static_cast<uint64_t>(epoch),
                   .prompt = hash_id(source.config.name)});
  random.shuffle(order);
  return orders_.emplace(key, std::move(order)).first->second;
}

size_t PromptSampler::in_place_of(const Source& source, size_t row, int64_t number,
                                  const RetiredPrompts* retired) const {
  if (!retired || source.keys.empty() || !retired->contains(source.keys[row])) return row;
  std::vector<size_t> left;
  for (size_t r = 0; r < source.keys.size(); ++r)
    if (!retired->contains(source.keys[r])) left.push_back(r);
  if (static_cast<int64_t>(left.size()) <= retire_.keep) return row;
  Sequence random({.seed = seed_,
                   .purpose = Purpose::order,
                   .iteration = static_cast<uint64_t>(number),
                   .prompt = hash_id("in place of retired/" + source.config.name)});
  return left[static_cast<size_t>(random.between(0, static_cast<int64_t>(left.size()) - 1))];
}

std::vector<DrawnPrompt> PromptSampler::draw(int64_t iteration,
                                             const RetiredPrompts* retired) const {
  std::vector<DrawnPrompt> drawn;
  LongDemonstrations passing;  // a task's are made anew each time and not counted
  for (const Source& source : sources_) {
    for (int64_t i = 0; i < source.config.prompts; ++i) {
      const int64_t number = iteration * source.config.prompts + i;
      if (source.stream) {
        drawn.push_back(
            encode(data::generate_outside(*source.stream, source.config.name, seed_,
                                          static_cast<uint64_t>(number), source.excluded)
                       .prompt,
                   source.config, passing));
        continue;
      }
      const int64_t rows = static_cast<int64_t>(source.rows.size());
      const size_t row = epoch_order(source, number / rows)[static_cast<size_t>(number % rows)];
      drawn.push_back(source.rows[in_place_of(source, row, number, retired)]);
    }
  }
  number_occurrences(drawn);
  return drawn;
}

}  // namespace rlreason::train
