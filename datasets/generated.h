// Blocks of generated prompts, and how training prompts are kept apart from evaluation prompts.
//
// A block is (task, settings, seed, stream name, rows): example i is data::generate_example under that key.  A PromptSet
// holds canonical prompt texts (ASCII lower case, runs of white space as one space), which is what "the same prompt"
// means here and in overlap reports, and keys: a prompt that has one is the same as another with that key, whatever the
// words (generated families: the same numbers in another order).  Near duplicates without a key are not found.
// Errors: UserError from the task's settings; DataError when no prompt outside a set can be drawn.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "datasets/prompt.h"
#include "datasets/tasks/task.h"

namespace rlreason::data {

std::string canonical_prompt(std::string_view text);

class PromptSet {
 public:
  void add(const Prompt& prompt);
  const std::string* find(std::string_view text) const;  // id of the prompt with this canonical text, or nullptr
  const std::string* find(const Prompt& prompt) const;   // the same problem: by key where it has one, else by text
  bool contains(std::string_view text) const { return find(text) != nullptr; }
  bool contains(const Prompt& prompt) const { return find(prompt) != nullptr; }
  size_t size() const { return ids_.size(); }  // texts and keys

 private:
  std::unordered_map<std::string, std::string> ids_;
};

struct GeneratedBlock {
  std::string task;
  config::Node settings;
  uint64_t seed = 0;
  std::string stream;  // name inside the random key
  int64_t rows = 0;

  static constexpr auto fields() {
    using config::field, config::in;
    using C = GeneratedBlock;
    return std::tuple{field(&C::task, "task", "task that generates the prompts", config::not_empty()).required(),
                      field(&C::settings, "settings", "settings of the task"),
                      field(&C::seed, "seed", "random seed"),
                      field(&C::stream, "stream", "name of the stream of random numbers", config::not_empty()).required(),
                      field(&C::rows, "rows", "how many prompts", in(0, 10'000'000))};
  }
};

std::vector<Prompt> generate_block(const GeneratedBlock& block);
PromptSet prompts_of(const std::vector<GeneratedBlock>& blocks);

// Example `index`, drawn again (another sample number of the same key) while its prompt is in `excluded`.
struct Drawn {
  Prompt prompt;
  int64_t redrawn = 0;
};
Drawn generate_outside(const Task::Stream& stream, std::string_view name, uint64_t seed, uint64_t index, const PromptSet& excluded);

}  // namespace rlreason::data
