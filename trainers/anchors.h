// The policies besides the trained one that a run needs, with their weights.
//
// Kinds (trainers/catalog/train_config.h): first, the weights the run starts from; runs, the last weights of other runs, their
// mean where there are several; own, a copy of the run's own weights that is renewed (every), averaged (decay), taken once
// (reset_at) or follows at a distance (behind), and until then the first weights.  Anchors of the same first weights share them.
// A run's own copies are part of its state: save and restore put them beside a checkpoint's other files.
// Errors: DataError for weights of another shape, vocabulary or tokenizer.
// Thread safety: const access from many threads; begin_iteration and restore from one.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/tokenizer/tokenizer.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::train {

using AnchorFolders = std::map<std::string, std::vector<std::filesystem::path>>;  // by anchor

class Anchors {
 public:
  // `init`: folder of the run's first weights, empty for random ones; `folders`: model folders of anchors of kind runs;
  // `start`: the trained policy with its first weights, also where the run will be resumed.
  Anchors(const TrainConfig& config, const std::filesystem::path& init,
          const AnchorFolders& folders, const engine::Policy& start,
          const tokenizer::Tokenizer& tokenizer);

  // Before anything is sampled: copies of the run's own weights that are due.
  void begin_iteration(int64_t iteration, const engine::Policy& policy);

  const engine::Policy& policy(const std::string& name) const;
  double temperature(const std::string& name) const;  // factor on rollout.temperature

  void save(const std::filesystem::path& folder) const;  // anchor-<name>.safetensors of own copies
  void restore(const std::filesystem::path& folder, int64_t iteration);  // iterations done when it was saved

 private:
  struct Own {
    AnchorConfig config;
    std::shared_ptr<engine::Policy> policy;
    std::deque<std::shared_ptr<engine::Policy>> coming{};  // behind: its next weights, the oldest first
  };
  const Own& at(const std::string& name) const;
  std::map<std::string, Own> anchors_;
};

}  // namespace rlreason::train
