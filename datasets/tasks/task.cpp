#include "datasets/tasks/task.h"

#include "core/tokenizer/tokenizer.h"
#include "datasets/tasks/register.h"

namespace rlreason::data {

Registry<std::shared_ptr<const Task>>& task_registry() {
  static Registry<std::shared_ptr<const Task>> registry("task");
  return registry;
}

tokenizer::Tokenizer Task::make_tokenizer() const {
  std::string characters;
  for (char c = ' '; c <= '~'; ++c) characters += c;
  return tokenizer::Tokenizer::characters(characters);
}

const Task& find_task(std::string_view name) { return *task_registry().at(name); }

std::vector<const Task*> all_tasks() {
  std::vector<const Task*> all;
  for (const std::string& name : task_registry().names())
    all.push_back(task_registry().at(name).get());
  return all;
}

Prompt generate_example(const Task::Stream& stream, std::string_view name, uint64_t seed,
                        uint64_t index, uint32_t attempt) {
  Sequence random({.seed = seed,
                   .purpose = Purpose::data,
                   .iteration = index,
                   .prompt = hash_id(name),
                   .sample = attempt});
  Prompt prompt = stream.generate(random);
  prompt.id = fmt::format("{}-{}", name, index);
  return prompt;
}

}  // namespace rlreason::data
