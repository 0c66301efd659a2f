// The training loop: draw prompts, generate rounds, judge, update, record, save; the same for every recipe.
//
// A run directory is both input (run.json) and output (log/, checkpoints/, result.json).  Same binary, configuration, seed
// and thread count give the same bits on a CPU; a run killed at any moment and resumed ends like one that never stopped,
// except for times.  SIGTERM or SIGINT: the iteration in progress ends, a checkpoint is published, exit code 75.
// Not here: launching and supervising (sweeps/launch.h), evaluation (a callback).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
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
};

// Evaluates the policy, appends eval records, returns the score of the first suite.
using EvaluateCallback = std::function<double(const engine::Policy&, const tokenizer::Tokenizer&,
                                              int64_t iteration, runlog::Writer&)>;

// Returns when the budget is used up; PreemptedError after a stop signal, once the checkpoint is published.
TrainState train(const TrainRun& run, runlog::Writer& log, const EvaluateCallback& evaluate);

// What each component would do at a checkpoint of the run: the batch of its next iteration is drawn, answered and judged as the
// run does, and nothing is updated (component_gradients.h).  Groups that resampling would replace stay.
nlohmann::json gradient_report(const TrainRun& run, const std::filesystem::path& checkpoint,
                               runlog::Writer& log);

}  // namespace rlreason::train
