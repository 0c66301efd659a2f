// A suite: which prompts a checkpoint is evaluated on and how many samples are drawn, from a YAML file.
//
// A suite either generates its prompts from a task (key: seed, Purpose::data, the suite's own name) or reads a prepared
// dataset.  Not here: sampling (evaluators/sampling.*) and metrics (evaluators/metrics.*).
// Errors: UserError for a wrong file or name, DataError for a missing dataset.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "datasets/generated.h"
#include "datasets/prompt.h"

namespace rlreason::eval {

enum class Distribution { in, out };

struct Suite {
  std::string name, summary;
  std::string task;       // generated prompts: the task's name ...
  config::Node settings;  // ... and its settings
  std::string dataset;    // or: a prepared dataset folder
  int64_t prompts = 64;   // 0 with a dataset: all of it
  int64_t samples = 8;
  double temperature = 0.6;
  int64_t max_new_tokens = 44;
  uint64_t seed = 7000;
  std::string metric = "mean_at_k";
  Distribution distribution = Distribution::in;
  std::vector<std::string> label_probe;  // tokens whose share as first response token is recorded

  static constexpr auto fields() {
    using config::field, config::at_least, config::in, config::one_of;
    return std::tuple{
        field(&Suite::name, "name", "name in tables and in the random key", config::not_empty()).required(),
        field(&Suite::summary, "summary", "what it asks, in one line"),
        field(&Suite::task, "task", "task that generates the prompts"),
        field(&Suite::settings, "settings", "settings of the task"),
        field(&Suite::dataset, "dataset", "folder of a prepared dataset, instead of a task"),
        field(&Suite::prompts, "prompts", "number of prompts; 0 with a dataset: all", in(0, 1'000'000)),
        field(&Suite::samples, "samples", "samples a prompt", in(1, 65536)),
        field(&Suite::temperature, "temperature", "sampling temperature; 0 is greedy", in(0.0, 100.0)),
        field(&Suite::max_new_tokens, "max_new_tokens", "longest response", in(1, 1 << 20)),
        field(&Suite::seed, "seed", "random seed of prompts and samples"),
        field(&Suite::metric, "metric", "headline metric", one_of({"mean_at_k", "pass_at_k", "maj_at_k"})),
        field(&Suite::distribution, "distribution", "like the training prompts or not", one_of({"in", "out"})),
        field(&Suite::label_probe, "label_probe", "tokens whose share as first response token is recorded")};
  }
};

// Exactly one of task and dataset, and at least one prompt where prompts are generated.
void check(const Suite& suite);

// A built-in name or a file; `sets` are "key=value" changes on top.
Suite load_suite(std::string_view name_or_file, const std::vector<std::string>& sets = {});
std::vector<std::string> suite_names();  // the built-in ones

// The prompts, in order; the same for every caller.
std::vector<data::Prompt> suite_prompts(const Suite& suite);
// What the built-in suites of a task draw, for PrepareConfig::exclude: training prompts must not coincide with them.
std::vector<data::GeneratedBlock> suite_blocks(std::string_view task);
// sha256 over what an item asks (id, text, gold, verifier, choices): the dataset_digest of an evaluation.
std::string prompts_digest(const std::vector<data::Prompt>& prompts);
// What identifies an evaluation by this suite except the checkpoint: {suite, dataset_digest, samples, temperature,
// max_new_tokens, seed, verifiers: ["name@version"], digest}; digest is sha256 over the others.
nlohmann::json suite_protocol(const Suite& suite, const std::vector<data::Prompt>& prompts);

}  // namespace rlreason::eval
