#include "datasets/generated.h"

#include "core/error.h"

namespace rlreason::data {
namespace {

constexpr uint32_t kMostAttempts = 1000;

// No canonical text begins with white space.
std::string key_entry(const Prompt& prompt) { return " " + prompt.key; }

bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string canonical_prompt(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!space(c)) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

void PromptSet::add(const Prompt& prompt) {
  ids_.emplace(canonical_prompt(prompt.text), prompt.id);
  if (!prompt.key.empty()) ids_.emplace(key_entry(prompt), prompt.id);
}

const std::string* PromptSet::find(const Prompt& prompt) const {
  if (ids_.empty()) return nullptr;
  if (prompt.key.empty()) return find(prompt.text);
  const auto it = ids_.find(key_entry(prompt));
  return it == ids_.end() ? nullptr : &it->second;
}

const std::string* PromptSet::find(std::string_view text) const {
  if (ids_.empty()) return nullptr;
  const auto it = ids_.find(canonical_prompt(text));
  return it == ids_.end() ? nullptr : &it->second;
}

std::vector<Prompt> generate_block(const GeneratedBlock& block) {
  const auto stream = find_task(block.task).stream(block.settings);
  std::vector<Prompt> prompts;
  prompts.reserve(static_cast<size_t>(block.rows));
  for (int64_t i = 0; i < block.rows; ++i)
    prompts.push_back(
        generate_example(*stream, block.stream, block.seed, static_cast<uint64_t>(i)));
  return prompts;
}

PromptSet prompts_of(const std::vector<GeneratedBlock>& blocks) {
  PromptSet set;
  for (const GeneratedBlock& block : blocks)
    for (const Prompt& prompt : generate_block(block)) set.add(prompt);
  return set;
}

Drawn generate_outside(const Task::Stream& stream, std::string_view name, uint64_t seed,
                       uint64_t index, const PromptSet& excluded) {
  for (uint32_t attempt = 0; attempt < kMostAttempts; ++attempt) {
    Prompt prompt = generate_example(stream, name, seed, index, attempt);
    if (!excluded.contains(prompt)) return {std::move(prompt), attempt};
  }
  throw DataError(
      "{}: required a prompt outside the excluded ones, {} draws were all in them; widen the "
      "task's settings or exclude less",
      name, kMostAttempts);
}

}  // namespace rlreason::data
