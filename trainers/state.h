// Everything a training run needs to go on, as one declared schema, and the checkpoints that hold it.
//
// A checkpoint is a published folder D/checkpoints/step-N: config.json, model.safetensors, tokenizer files (an ordinary
// Hugging Face folder), optimizer.safetensors (AdamW moments under the parameters' Hugging Face names) and state.json (the
// scalars below), and anchor-*.safetensors of copies a recipe keeps (trainers/anchors.h), critic.safetensors and
// critic-optimizer.safetensors of one with a critic (trainers/critic_update.h).
// Data order, sampling and tasks are keyed by iteration, so there are no cursors or generator states.
// The newest folder whose manifest verifies is the truth; there is no "latest" file.
// Errors: DiskError when saving, DataError when a checkpoint does not verify or does not fit the model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/engine/model/policy.h"
#include "core/engine/optimizer/adamw.h"
#include "core/process/publish.h"
#include "core/tokenizer/tokenizer.h"
#include "trainers/catalog/health.h"
#include "trainers/history.h"

namespace rlreason::train {

// Curves of the iterations so far, by metric: in which it was measured, and what.
struct Watched {
  std::map<std::string, std::vector<int64_t>> iterations;
  std::map<std::string, std::vector<double>> values;

  static constexpr auto fields() {
    using config::field, config::any_number;
    return std::tuple{field(&Watched::iterations, "iterations", "iterations in which each metric was measured"),
                      field(&Watched::values, "values", "what was measured, as recorded", any_number())};
  }
};

struct TrainState {
  int64_t iteration = 0;  // iterations done
  int64_t optimizer_steps = 0;
  int64_t tokens_generated = 0, tokens_trained = 0, samples = 0;
  int64_t extra_draws = 0;  // rounds of prompts drawn in place of groups that filters left out
  double train_seconds = 0;  // over all attempts; the only field that is not reproducible
  double best_score =
      -1;  // of the evaluation while training that chooses the best checkpoint; -1: none yet
  int64_t best_iteration = -1;
  History history;  // empty unless a coefficient answers to it
  Watched watched;  // empty unless a health rule may end the run

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field(&TrainState::iteration, "iteration", "iterations done"),
        field(&TrainState::optimizer_steps, "optimizer_steps", "AdamW steps done"),
        field(&TrainState::tokens_generated, "tokens_generated", "tokens sampled from the policy"),
        field(&TrainState::tokens_trained, "tokens_trained",
              "packed tokens forwarded and backwarded"),
        field(&TrainState::samples, "samples", "trajectories trained on"),
        field(&TrainState::extra_draws, "extra_draws", "further rounds of prompts drawn for resampling"),
        field(&TrainState::train_seconds, "train_seconds", "seconds over all attempts"),
        field(&TrainState::best_score, "best_score", "best score of the choosing suite so far"),
        field(&TrainState::best_iteration, "best_iteration", "iteration of the best score"),
        field(&TrainState::history, "history", "what coefficients answer to"),
        field(&TrainState::watched, "watched", "what the rules of `stop` look at")};
  }
};

Curves curves_of(const Watched& watched);

// "checkpoints/step-00000040", relative to the run directory.
std::string checkpoint_name(int64_t iteration);

struct SavedCheckpoint {
  std::filesystem::path folder;
  int64_t iteration = 0;
};

class CheckpointStore {
 public:
  CheckpointStore(std::filesystem::path run_dir, int64_t keep);

  // Publishes step-<iteration>, with what `more` writes into it besides, and then rotates: keeps the newest `keep` verified ones and the best.
  process::Manifest save(const TrainState& state, const engine::Policy& policy,
                         const engine::AdamW& optimizer, const tokenizer::Tokenizer& tokenizer,
                         const nlohmann::json& lineage, const process::Fill& more = {});
  // Newest first, names only.
  std::vector<SavedCheckpoint> list() const;
  // The newest that verifies, and to which `also` has no objection; `problems` says which were passed over and why.
  using Objection = std::function<std::optional<std::string>(const std::filesystem::path& folder)>;
  std::optional<SavedCheckpoint> newest_valid(std::vector<std::string>& problems,
                                              const Objection& also = {}) const;

 private:
  void rotate(int64_t newest, int64_t best);
  std::filesystem::path folder_;
  int64_t keep_;
};

// Fills state, weights and moments from a verified checkpoint.  REQUIRES: policy of the checkpoint's shape.
void load_checkpoint(const std::filesystem::path& folder, TrainState& state, engine::Policy& policy,
                     engine::AdamW& optimizer);

// The model folder of a run directory or of a checkpoint folder itself.  A run that ended well names its model in result.json
// (`checkpoint`); of another it is the newest that verifies.  DataError when there is none, or the named one is damaged.
std::filesystem::path model_folder(const std::filesystem::path& run_or_checkpoint);

}  // namespace rlreason::train
