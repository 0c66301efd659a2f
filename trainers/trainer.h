// The training loop: draw prompts, generate rounds, judge, update, record, save; the same for every recipe.
//
// A run directory is both input (run.json) and output (log/, checkpoints/, result.json).  Same binary, configuration, seed
// and thread count give the same bits on a CPU; a run killed at any moment and resumed ends like one that never stopped,
// except for times.  SIGTERM or SIGINT: the iteration in progress ends, a checkpoint is published, exit code 75.
// A health rule of `stop` that fires ends the run as its budget does: a checkpoint, an event `stopped`, done.
// Not here: launching and supervising (sweeps/launch.h), evaluation (a callback).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/model/policy.h"
#include "core/runlog/writer.h"
#include "core/tokenizer/tokenizer.h"
#include "trainers/catalog/train_config.h"
#include "trainers/state.h"

namespace rlreason::train {

struct TrainRun {
  std::filesystem::path run_dir;
  TrainConfig config;
  uint64_t seed = 0;
  std::map<std::string, std::filesystem::path> datasets;  // by source name
  std::filesystem::path init;                             // model folder; empty: random weights
  std::map<std::string, std::vector<std::filesystem::path>> anchors;  // model folders of runs, by anchor
  bool resume = false;
  int64_t pause_at = 0;  // leaves after this iteration, with a checkpoint, as if it had been stopped then; 0: does not
};

// Evaluates the policy, appends eval records, returns each suite's name and share of right answers, in the order of eval.suites.
using EvaluateCallback = std::function<std::vector<std::pair<std::string, double>>(
    const engine::Policy&, const tokenizer::Tokenizer&, int64_t iteration, runlog::Writer&)>;

struct TrainOutcome {
  int64_t iteration = 0;              // the last one
  std::string model = {};             // checkpoints/step-N that checkpoint.select chose; it verifies
  std::optional<HealthNote> stopped = {};  // the rule of `stop` that ended the run
  bool paused = false;                // at pause_at, without a model yet: the run goes on from here when it is resumed
};

// Returns when the budget is used up, a health rule of `stop` fired, or at pause_at; PreemptedError after a stop signal, once
// the checkpoint is published; DataError when the checkpoint that was chosen is damaged.
TrainOutcome train(const TrainRun& run, runlog::Writer& log, const EvaluateCallback& evaluate);

// What each component would do at a checkpoint of the run: the batch of its next iteration is drawn, answered and judged as the
// run does, and nothing is updated (component_gradients.h).  Groups that resampling would replace stay.
nlohmann::json gradient_report(const TrainRun& run, const std::filesystem::path& checkpoint,
                               runlog::Writer& log);

}  // namespace rlreason::train
