// A suite: which prompts a checkpoint is evaluated on, how they are put, and how many samples are drawn, from a YAML file.
//
// A suite either generates its prompts from a task (key: seed, Purpose::data, the suite's own name) or reads a prepared
// dataset, whose bare questions it puts into a prompt template.  Benchmarks whose texts may not be shipped declare how the
// user's copy is read (`source`), and `prepare-data SUITE --from FILE` makes the dataset.
// Not here: sampling (evaluators/sampling.*), metrics (evaluators/metrics.*), groups of suites (evaluators/suite_group.h).
// Errors: UserError for a wrong file or name, DataError for a missing dataset, which names the command that makes it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "datasets/generated.h"
#include "datasets/prepare_config.h"
#include "datasets/prompt.h"
#include "datasets/sources/benchmark.h"

namespace rlreason::eval {

enum class Distribution { in, out };
enum class OptionOrder { source, shuffled };
enum class Scoring { generate, loglik_raw, loglik_byte, loglik_token };

struct Suite {
  std::string name, summary;
  std::string task;       // generated prompts: the task's name ...
  config::Node settings;  // ... and its settings
  std::string dataset;    // or: a prepared dataset folder
  int64_t prompts = 64;   // 0 with a dataset: all of it
  int64_t samples = 8;
  double temperature = 0.6;
  double top_p = 1;
  int64_t top_k = 0;
  double min_p = 0;
  int64_t max_new_tokens = 44;
  uint64_t seed = 7000;
  std::string metric = "mean_at_k";
  Distribution distribution = Distribution::in;
  std::vector<std::string> label_probe;  // tokens whose share as first response token is recorded
  std::string prompt_template, verifier;
  data::AnswerOptions options;
  Scoring scoring = Scoring::generate;
  OptionOrder option_order = OptionOrder::source;
  int64_t rotations = 1;
  int64_t shots = 0;
  std::string shots_from;
  bool shots_by_category = false;
  bool confidential = false;
  std::optional<data::BenchmarkSource> source;

  static constexpr auto fields() {
    using config::field, config::at_least, config::in, config::one_of, config::above;
    return std::tuple{
        field(&Suite::name, "name", "name in tables and in the random key", config::not_empty()).required(),
        field(&Suite::summary, "summary", "what it asks, in one line"),
        field(&Suite::task, "task", "task that generates the prompts"),
        field(&Suite::settings, "settings", "settings of the task"),
        field(&Suite::dataset, "dataset", "folder of a prepared dataset, instead of a task"),
        field(&Suite::prompts, "prompts", "number of prompts; 0 with a dataset: all", in(0, 1'000'000)),
        field(&Suite::samples, "samples", "samples a prompt", in(1, 65536)),
        field(&Suite::temperature, "temperature", "sampling temperature; 0 is greedy", in(0.0, 100.0)),
        field(&Suite::top_p, "top_p", "share of the probability mass that is sampled from; 1: all", in(0.0, 1.0).open_low()),
        field(&Suite::top_k, "top_k", "number of tokens that are sampled from; 0: all", in(0, 1 << 30)),
        field(&Suite::min_p, "min_p", "least probability, as a share of the greatest, that is sampled from", in(0.0, 1.0)),
        field(&Suite::max_new_tokens, "max_new_tokens", "longest response", in(1, 1 << 20)),
        field(&Suite::seed, "seed", "random seed of prompts and samples"),
        field(&Suite::metric, "metric", "headline metric", one_of({"mean_at_k", "pass_at_k", "maj_at_k"})),
        field(&Suite::distribution, "distribution", "like the training prompts or not", one_of({"in", "out"})),
        field(&Suite::label_probe, "label_probe", "tokens whose share as first response token is recorded"),
        field(&Suite::prompt_template, "prompt_template", "words around the question, a name or a file; empty: the prompt as it stands"),
        field(&Suite::verifier, "verifier", "who judges responses; empty: each row's own"),
        field(&Suite::options, "options", "how answers are read, over each row's own"),
        field(&Suite::scoring, "scoring", "choices: by a generated answer, or by the likelihood of the options, raw, a byte or a token",
              one_of({"generate", "loglik_raw", "loglik_byte", "loglik_token"})),
        field(&Suite::option_order, "option_order", "order in which options are shown: the source's, or by a hash of seed and item", one_of({"source", "shuffled"})),
        field(&Suite::rotations, "rotations", "cyclic rotations of the options, each with its own samples", in(1, 26)),
        field(&Suite::shots, "shots", "worked examples before the question", in(0, 64)),
        field(&Suite::shots_from, "shots_from", "folder of the prepared dataset that the worked examples come from, its first rows"),
        field(&Suite::shots_by_category, "shots_by_category", "worked examples of the item's category"),
        field(&Suite::confidential, "confidential", "questions and responses reach no log, report or artifact: ids and verdicts only"),
        field(&Suite::source, "source", "how a copy of the published files is read")};
  }
};

// Exactly one of task and dataset, at least one prompt where prompts are generated, and settings that go together.
void check(const Suite& suite);

// A built-in name or a file; `sets` are "key=value" changes on top.
Suite load_suite(std::string_view name_or_file, const std::vector<std::string>& sets = {});
std::vector<std::string> suite_names();  // the built-in ones

// The prompts, in order, as the tokenizer gets them; the same for every caller.
std::vector<data::Prompt> suite_prompts(const Suite& suite);
// The same under each rotation of the options, the first as above; ids are the same in all.
std::vector<std::vector<data::Prompt>> rotated_prompts(const Suite& suite);
// The order in which a prompt's options are shown: order[place] = position in the source.
std::vector<size_t> shown_order(const Suite& suite, const data::Prompt& prompt, int64_t rotation);
// What the built-in suites of a task draw, for PrepareConfig::exclude: training prompts must not coincide with them.
std::vector<data::GeneratedBlock> suite_blocks(std::string_view task);
// The source's configuration for `prepare-data SUITE`: UserError when the suite declares none.
data::PrepareConfig suite_preparation(const Suite& suite, data::PrepareConfig config);
// sha256 over what an item asks (id, text, gold, verifier, choices): the dataset_digest of an evaluation.
std::string prompts_digest(const std::vector<data::Prompt>& prompts);
// What identifies an evaluation by this suite except the checkpoint: {suite, dataset_digest, samples, temperature,
// max_new_tokens, seed, verifiers: ["name@version"], digest} and what else differs from its default; digest is sha256 over
// the others.
nlohmann::json suite_protocol(const Suite& suite, const std::vector<data::Prompt>& prompts);
// The protocol without the number of samples: evaluations that share it fill each other up.
std::string protocol_but_samples(nlohmann::json protocol);

bool by_likelihood(const Suite& suite);

}  // namespace rlreason::eval
