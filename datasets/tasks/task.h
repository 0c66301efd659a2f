// A task generates prompts with gold answers and demonstrations, the same bytes on every platform.
//
// generate(config, sequence) is a pure function of its arguments.  One task a file in datasets/tasks; it registers itself.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.h"
#include "core/random.h"
#include "datasets/prompt.h"

namespace rlreason::tokenizer {
class Tokenizer;
}

namespace rlreason::data {

class Task {
 public:
  virtual ~Task() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;
  virtual std::string markdown() const = 0;  // settings with defaults and ranges
  // Parses and checks the settings of one stream of examples; the result is used by many generate calls.
  class Stream {
   public:
    virtual ~Stream() = default;
    virtual Prompt generate(Sequence& random) const = 0;  // id is filled by the caller; one or more demonstrations
    virtual nlohmann::json settings() const = 0;          // resolved, for identity
  };
  virtual std::unique_ptr<Stream> stream(const config::Node& settings) const = 0;
  // The vocabulary of a model trained from scratch on this task.  Unless a task has its own: the printable ASCII characters,
  // so that one model reads every such task.
  virtual tokenizer::Tokenizer make_tokenizer() const;
};

const Task& find_task(std::string_view name);  // UserError with the nearest name
std::vector<const Task*> all_tasks();

// Example number `index` of a stream under a seed; id "<name>-<index>".  Key: seed, Purpose::data, the index as iteration, the
// hash of `name` as prompt, `attempt` as sample (for drawing again when an example is excluded: datasets/generated.h).
Prompt generate_example(const Task::Stream& stream, std::string_view name, uint64_t seed, uint64_t index, uint32_t attempt = 0);

}  // namespace rlreason::data
