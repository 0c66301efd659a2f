// Which prompts an iteration works on: a pure function of configuration, seed and iteration.  No LibTorch.
//
// A dataset is read in epochs, each a permutation drawn by key (seed, Purpose::order, epoch, source name) or, with
// `order: as_written`, the file's own order, so each prompt is used exactly once an
// epoch and there is no cursor to save.  A task source makes examples by key and never repeats one.
// Errors: DataError for a dataset that is empty, has a prompt or demonstration longer than the limits, or a demonstration
// without the token probabilities that the recipe needs, or with another number of them than tokens; for a recipe that shows
// hints, datasets in which no prompt has any.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/tokenizer/tokenizer.h"
#include "datasets/dataset.h"
#include "datasets/generated.h"
#include "datasets/tasks/task.h"
#include "trainers/catalog/train_config.h"
#include "trainers/replay/experience.h"
#include "trainers/replay/retirement.h"
#include "trainers/trajectory.h"

namespace rlreason::train {

struct DrawnPrompt {
  data::Prompt prompt;
  std::vector<int32_t> prompt_ids;
  std::vector<int32_t> hinted_ids;  // the prompt with its hints; empty: it has none, or no block asks for them
  std::vector<std::vector<int32_t>> demonstration_ids;  // end token included, unless it was cut
  std::vector<std::vector<float>> demonstration_logprob;  // of its author, nats, one list a demonstration; empty: unknown
  std::vector<Trajectory> replayed;  // of the policy's earlier responses, those that replay slots may take, in their order
  bool from_replay = false;          // drawn from the replay store, not from a source
  uint32_t occurrence = 0;  // how often this prompt came before in the same iteration
};

// Numbers how often each prompt came before among those of one iteration.
void number_occurrences(std::vector<DrawnPrompt>& prompts);

class PromptSampler {
 public:
  // `datasets`: folder of each source that reads one, by source name.
  PromptSampler(const TrainConfig& config, uint64_t seed, const tokenizer::Tokenizer& tokenizer,
                const std::map<std::string, std::filesystem::path>& datasets);
  // The turn of a retired prompt of a dataset goes to another one, drawn by key.
  std::vector<DrawnPrompt> draw(int64_t iteration, const RetiredPrompts* retired = nullptr) const;

  // First tokens of the datasets' demonstrations: rollouts that begin with one are counted as starting like a demonstration.
  const std::set<int32_t>& demonstration_starts() const { return starts_; }
  int64_t dropped_demonstrations() const { return long_.dropped; }
  int64_t cut_demonstrations() const { return long_.cut; }

 private:
  struct Source {
    SourceConfig config;
    std::vector<DrawnPrompt> rows;               // of a dataset
    std::vector<std::string> keys;               // of those, where prompts may retire
    std::unique_ptr<data::Task::Stream> stream;  // of a task
    data::PromptSet excluded;                    // evaluation prompts
  };
  struct LongDemonstrations {  // of the datasets
    int64_t dropped = 0, cut = 0;
  };
  DrawnPrompt encode(data::Prompt prompt, const SourceConfig& source, LongDemonstrations& counts) const;
  bool fits(std::vector<int32_t>& ids, const DrawnPrompt& drawn, const SourceConfig& source,
            LongDemonstrations& counts) const;  // cuts where the source says so
  std::vector<float> logprob_of(const data::Demonstration& demonstration, size_t tokens,
                                const DrawnPrompt& drawn) const;
  DrawnPrompt encode_prompt(data::Prompt prompt) const;
  void require_hints() const;
  std::vector<int32_t> prompt_tokens(const std::string& id, const std::string& text) const;
  size_t in_place_of(const Source& source, size_t row, int64_t number, const RetiredPrompts* retired) const;
  const std::vector<size_t>& epoch_order(const Source& source, int64_t epoch) const;

  uint64_t seed_;
  int64_t max_new_tokens_, max_length_;
  tokenizer::Tokenizer tokenizer_;
  std::vector<Source> sources_;
  std::set<int32_t> starts_;
  std::string hint_template_;  // empty: no block shows hints
  bool need_probabilities_ = false;  // a ratio is taken against the demonstrations' own probabilities
  RetireConfig retire_;
  LongDemonstrations long_;
  mutable std::map<std::pair<std::string, int64_t>, std::vector<size_t>>
      orders_;  // the latest epochs
};

}  // namespace rlreason::train
