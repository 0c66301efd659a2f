// Everything that decides a training run, declared once: recipe and setting files, --set, --help and identity read this.
//
// A recipe gives groups, advantage, components and update rule; a setting gives model, data, budgets, rates and evaluation.
// Blocks of type config::Node hold a registered piece, {kind: name, its settings…}; trainers/catalog/pieces.h checks them.
// No LibTorch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"
#include "core/config/node.h"
#include "core/engine/model/model_config.h"
#include "datasets/generated.h"
#include "trainers/catalog/replay_config.h"

namespace rlreason::train {

using config::at_least;
using config::choices;
using config::field;
using config::in;

// Where prompts come from.  Exactly one of `dataset` (a prepared dataset, read in epoch order) and `task` (examples
// generated on the fly, never repeated) is given.
struct SourceConfig {
  std::string name = "train";
  config::Node dataset;         // {path: DIR} or the settings of prepare-data; {} for none
  config::Node task;            // {name: TASK, …its settings}; {} for none
  int64_t prompts = 1;          // per iteration
  bool demonstrations = true;
  std::string long_demonstrations = "error";
  std::string order = "shuffled";
  std::vector<data::GeneratedBlock> exclude;

  static constexpr auto fields() {
    return std::tuple{
        field(&SourceConfig::name, "name", "name of the source, part of the random keys of its order"),
        field(&SourceConfig::dataset, "dataset", "a prepared dataset: {path: DIR}, or the settings of prepare-data"),
        field(&SourceConfig::task, "task", "a task generated on the fly: {name: TASK, settings…}"),
        field(&SourceConfig::prompts, "prompts", "prompts drawn per iteration", at_least(0)),
        field(&SourceConfig::demonstrations, "demonstrations", "whether slots may use the demonstrations of this source"),
        field(&SourceConfig::exclude, "exclude", "tasks: evaluation prompts that must not be drawn; the suites' own when left out"),
        field(&SourceConfig::long_demonstrations, "long_demonstrations",
              "a demonstration longer than rollout.max_new_tokens stops the run, is dropped, or is cut and then has no end "
              "token (both counted)",
              choices({"error", "drop", "cut"})),
        field(&SourceConfig::order, "order", "order of a dataset's prompts in each epoch: drawn by key, or as the file has them (a curriculum)",
              choices({"shuffled", "as_written"}))};
  }
};

struct SlotConfig {
  std::string source = "policy";
  int64_t n = 8;
  std::string missing = "policy";
  std::string pick = "first";
  config::Node guidance;
  bool train_guidance = true;
  std::string by = "policy";
  std::string from = "failed";
  std::string when = "always";

  static constexpr auto fields() {
    return std::tuple{
        field(&SlotConfig::source, "source",
              "what fills these slots: responses of the policy, the prompt's demonstrations, responses of an anchor (by: its name), "
              "retries from the first part of an earlier response of the group, the policy's own earlier responses to the prompt (replay), or one greedy "
              "response that is judged and never trained on",
              choices({"policy", "demonstration", "teacher", "retry", "replay", "greedy"})),
        field(&SlotConfig::n, "n", "responses per prompt", at_least(1)),
        field(&SlotConfig::missing, "missing", "a prompt without a demonstration, or with nothing to replay, fills the slot from the policy or leaves it out",
              choices({"policy", "skip"})),
        field(&SlotConfig::pick, "pick", "which of a prompt's demonstrations: the first ones, or drawn anew in each iteration",
              choices({"first", "random"})),
        field(&SlotConfig::guidance, "guidance",
              "demonstration and retry slots: the part of the demonstration or earlier response that is given, a piece of axis "
              "guidance; the rest is written anew.  Left out: all of the demonstration"),
        field(&SlotConfig::train_guidance, "train_guidance", "whether the given tokens are trained on"),
        field(&SlotConfig::by, "by", "who samples: the policy, or an anchor by its name; responses of source policy by an earlier copy of it count as the policy's"),
        field(&SlotConfig::from, "from",
              "retry slots: they go on from the failed responses, or from all of the policy's, which then leave the group (drafts): only "
              "what they go on from is trained on",
              choices({"failed", "drafts"})),
        field(&SlotConfig::when, "when",
              "always; after: once the group's unconditional responses are judged; all_fail: then, if none of the policy's is right; "
              "greedy_fail: if the greedy response is not right",
              choices({"always", "after", "all_fail", "greedy_fail"}))};
  }
};

// A block of groups: a share of the iteration's prompts and the template their groups are made from.
struct GroupConfig {
  std::string name;
  double share = 1.0;
  std::string prompts = "any";
  std::string when = "always";
  std::string hint = "none";
  std::vector<SlotConfig> slots;

  static constexpr auto fields() {
    return std::tuple{
        field(&GroupConfig::name, "name", "name in logs and metrics"),
        field(&GroupConfig::share, "share", "part of the iteration's prompts; parts of all unconditional blocks add up to 1, a conditional block has none",
              in(0.0, 1.0)),
        field(&GroupConfig::prompts, "prompts", "which prompts: any, those that carry a demonstration or hints, or prompts of the replay store in place of as many "
              "fresh ones; where it has too few, fresh ones if some slot then fills from the policy, else fewer groups",
              choices({"any", "with_demonstrations", "with_hints", "replay"})),
        field(&GroupConfig::when, "when", "always, or all_fail: one further group for each group of an unconditional block whose responses all failed",
              choices({"always", "all_fail"})),
        field(&GroupConfig::hint, "hint",
              "whether responses are sampled with the prompt's hints (rollout.hint_template) and trained with them (shown) or without (stripped)",
              choices({"none", "shown", "stripped"})),
        field(&GroupConfig::slots, "slots", "how a prompt's group is filled")};
  }
};

struct RolloutConfig {
  double temperature = 1.0;
  int64_t max_new_tokens = 40;
  int64_t slots = 256;
  std::string old_logprob = "recorded";
  double mismatch_bound = 1e-3;
  int64_t resample = 0;
  std::string hint_template = "{hints}\n{prompt}";

  static constexpr auto fields() {
    return std::tuple{
        field(&RolloutConfig::temperature, "temperature", "sampling temperature; log-probs are taken under it", at_least(1e-3)),
        field(&RolloutConfig::max_new_tokens, "max_new_tokens", "longest response in tokens, end token included", at_least(1)),
        field(&RolloutConfig::slots, "slots", "sequences decoded together", in(1, 65536)),
        field(&RolloutConfig::old_logprob, "old_logprob",
              "log-probs of the old policy: as recorded while sampling, or scored again before the update",
              choices({"recorded", "rescored"})),
        field(&RolloutConfig::mismatch_bound, "mismatch_bound",
              "largest accepted |recorded - scored| log-prob of one token, nats; beyond it the run stops", at_least(0.0)),
        field(&RolloutConfig::resample, "resample",
              "further rounds of new prompts in place of groups that filters left out; 0 goes on with fewer groups", in(0, 100)),
        field(&RolloutConfig::hint_template, "hint_template", "text of a prompt with hints: {hints}, one a line, and {prompt}")};
  }
};

struct SelectConfig {
  std::string source = "any";
  std::string group;
  std::optional<double> reward_below, reward_at_least;

  static constexpr auto fields() {
    return std::tuple{
        field(&SelectConfig::source, "source", "whose tokens the component sees",
              choices({"any", "policy", "demonstration", "teacher", "replay"})),
        field(&SelectConfig::group, "group", "only responses in the block of groups of this name; empty is all"),
        field(&SelectConfig::reward_below, "reward_below", "only scored responses whose reward is below this"),
        field(&SelectConfig::reward_at_least, "reward_at_least", "only scored responses whose reward is this or more")};
  }
};

// One term of the objective: coef * sum_r weight_r * token_weight_r * loss_r over its selected targets.
struct ComponentConfig {
  std::string name;
  SelectConfig select;
  config::Node loss, ratio, shape, clip, mask, token_weight, normalizer, coef;

  static constexpr auto fields() {
    return std::tuple{
        field(&ComponentConfig::name, "name", "name in logs and metrics"),
        field(&ComponentConfig::select, "select", "which tokens"),
        field(&ComponentConfig::loss, "loss", "piece of axis losses"),
        field(&ComponentConfig::ratio, "ratio", "piece of axis ratios"),
        field(&ComponentConfig::shape, "shape", "piece of axis ratio_shaping"),
        field(&ComponentConfig::clip, "clip", "piece of axis clips"),
        field(&ComponentConfig::mask, "mask", "piece of axis masks"),
        field(&ComponentConfig::token_weight, "token_weight", "piece of axis token_weights"),
        field(&ComponentConfig::normalizer, "normalizer", "piece of axis normalizers"),
        field(&ComponentConfig::coef, "coef", "a number, or a piece of axis schedules")};
  }
};

struct UpdateConfig {
  int64_t iterations = 100;
  int64_t until_tokens = 0;
  double until_seconds = 0;
  int64_t mini_batches = 1;
  int64_t epochs = 1;
  int64_t micro_batch_tokens = 8192;
  std::string loss_scale = "exact";
  double lr = 1e-6;
  config::Node schedule;
  config::Node lr_scale;
  double proxy_min_p = 0.02;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01;
  double max_grad_norm = 1.0;

  static constexpr auto fields() {
    return std::tuple{
        field(&UpdateConfig::iterations, "iterations", "iterations of the run: generate, then update", at_least(1)),
        field(&UpdateConfig::until_tokens, "until_tokens", "ends the run earlier, after this many tokens generated and trained; 0 is off", at_least(0)),
        field(&UpdateConfig::until_seconds, "until_seconds", "ends the run earlier, after this many seconds of training; 0 is off", at_least(0.0)),
        field(&UpdateConfig::mini_batches, "mini_batches", "optimizer steps per pass over an iteration's samples", at_least(1)),
        field(&UpdateConfig::epochs, "epochs", "passes over an iteration's samples", at_least(1)),
        field(&UpdateConfig::micro_batch_tokens, "micro_batch_tokens", "packed tokens per forward and backward; changes no gradient", at_least(1)),
        field(&UpdateConfig::loss_scale, "loss_scale",
              "normalizers count over the whole mini-batch, or as verl does over each micro-batch, whose losses are then summed "
              "and averaged over ranks: micro_batch_tokens then changes the gradient",
              choices({"exact", "verl"})),
        field(&UpdateConfig::lr, "lr", "peak learning rate", at_least(0.0)),
        field(&UpdateConfig::schedule, "schedule", "factor on lr: a piece of axis schedules"),
        field(&UpdateConfig::lr_scale, "lr_scale", "a further factor from each mini-batch's own weights: a piece of axis lr_scales; left out: none"),
        field(&UpdateConfig::proxy_min_p, "proxy_min_p",
              "stream proxy_logprob: the policy before the update without tokens below this share of the largest probability", in(1e-9, 1.0)),
        field(&UpdateConfig::beta1, "beta1", "AdamW decay of the first moment", in(0.0, 1.0)),
        field(&UpdateConfig::beta2, "beta2", "AdamW decay of the second moment", in(0.0, 1.0)),
        field(&UpdateConfig::eps, "eps", "AdamW epsilon", at_least(0.0)),
        field(&UpdateConfig::weight_decay, "weight_decay", "AdamW decoupled weight decay", at_least(0.0)),
        field(&UpdateConfig::max_grad_norm, "max_grad_norm", "gradients are scaled down to this norm; 0 is off", at_least(0.0))};
  }
};

// A value head on a second decoder, trained beside the policy: gives each token its share of what its response earned.
struct CriticConfig {
  config::Node estimator;
  bool whiten = true;
  double lr = 1e-5;
  double value_clip = 0.5;
  double weight_decay = 0.01;
  double max_grad_norm = 1.0;

  static constexpr auto fields() {
    return std::tuple{
        field(&CriticConfig::estimator, "estimator", "how values share out what a response earned: a piece of axis critics; left out: no critic"),
        field(&CriticConfig::whiten, "whiten", "advantages of an iteration's tokens are shifted and scaled to mean 0 and variance 1"),
        field(&CriticConfig::lr, "lr", "peak learning rate of the critic, under update.schedule", at_least(0.0)),
        field(&CriticConfig::value_clip, "value_clip", "a value counts as at most this far from the one before the update; 0 is off", at_least(0.0)),
        field(&CriticConfig::weight_decay, "weight_decay", "AdamW decoupled weight decay of the critic", at_least(0.0)),
        field(&CriticConfig::max_grad_norm, "max_grad_norm", "the critic's gradients are scaled down to this norm; 0 is off", at_least(0.0))};
  }
};

// Evaluation while training; the table's evaluation is a run of its own.
struct TrainEvalConfig {
  std::vector<std::string> suites;
  int64_t every = 0;
  int64_t prompts = 32;
  int64_t samples = 4;

  static constexpr auto fields() {
    return std::tuple{
        field(&TrainEvalConfig::suites, "suites", "suites evaluated while training; the first one chooses the best checkpoint"),
        field(&TrainEvalConfig::every, "every", "iterations between evaluations; 0 is off", at_least(0)),
        field(&TrainEvalConfig::prompts, "prompts", "prompts of each suite used here", at_least(1)),
        field(&TrainEvalConfig::samples, "samples", "samples per prompt", at_least(1))};
  }
};

struct CheckpointConfig {
  int64_t every = 50;
  int64_t keep = 2;
  std::string select = "last";

  static constexpr auto fields() {
    return std::tuple{
        field(&CheckpointConfig::every, "every", "iterations between checkpoints; the last is always kept", at_least(1)),
        field(&CheckpointConfig::keep, "keep", "verified checkpoints kept besides the best", at_least(2)),
        field(&CheckpointConfig::select, "select",
              "which checkpoint is the run's model: the last, or the one with the highest score of the first suite of eval "
              "(the first evaluation of equal ones; the last checkpoint where a run ends before any)",
              choices({"last", "best"}))};
  }
};

// Rules of trainers/catalog/health.h that may end a run before its budget is used up.  What is not finite ends it anyway,
// as an error.
inline constexpr std::string_view kStopRules[] = {"entropy", "kl", "no_signal", "truncation", "mismatch", "reward_falls", "reward_vs_eval"};

struct StopConfig {
  std::vector<std::string> on;
  int64_t after = 0;

  static constexpr auto fields() {
    return std::tuple{
        field(&StopConfig::on, "on", "health rules that end the run early, with a checkpoint; none: it uses its budget",
              choices(kStopRules)),
        field(&StopConfig::after, "after", "iterations before a rule may end the run; each needs ten measurements in any case", at_least(0))};
  }
};

// Where the first weights come from: nothing (random), another run, or a checkpoint folder.
struct InitConfig {
  std::string recipe;
  int64_t seed = 0;
  std::string checkpoint;
  std::vector<std::string> set;

  static constexpr auto fields() {
    return std::tuple{
        field(&InitConfig::recipe, "recipe", "recipe whose model initialises this run, made once and reused"),
        field(&InitConfig::seed, "seed", "seed of that run; -1 takes this run's", at_least(-1)),
        field(&InitConfig::checkpoint, "checkpoint", "a checkpoint folder or a run directory"),
        field(&InitConfig::set, "set", "changes to that recipe, each a.b=c")};
  }
};

// A policy besides the trained one.  The log-probs it gives to the samples are the stream <name>_logprob; slots may be
// sampled by it.  `ref` is the run's first weights where nobody declares it (trainers/catalog/anchors.h).
struct AnchorConfig {
  std::string name;
  std::string kind = "first";
  std::vector<InitConfig> runs;
  int64_t every = 0;
  double decay = 0.0;
  int64_t reset_at = 0;
  int64_t behind = 0;
  double temperature = 1.0;

  static constexpr auto fields() {
    return std::tuple{
        field(&AnchorConfig::name, "name", "name of the policy: its log-probs are the stream <name>_logprob"),
        field(&AnchorConfig::kind, "kind", "the run's first weights, the weights of other runs (averaged where several), or a copy of the run's own",
              choices({"first", "runs", "own"})),
        field(&AnchorConfig::runs, "runs", "kind runs: whose last weights, made once and reused; {checkpoint} takes a folder"),
        field(&AnchorConfig::every, "every", "kind own: the copy is taken anew every so many iterations", at_least(0)),
        field(&AnchorConfig::decay, "decay", "kind own: after each iteration decay of the average stays and the rest is the new weights", in(0.0, 1.0)),
        field(&AnchorConfig::reset_at, "reset_at", "kind own: the first weights, and from this iteration on the ones it begins with", at_least(0)),
        field(&AnchorConfig::behind, "behind",
              "kind own: the weights of so many iterations ago, the first ones until then; as many copies are kept", in(0, 1024)),
        field(&AnchorConfig::temperature, "temperature", "its log-probs are taken under this times rollout.temperature", at_least(1e-3))};
  }
};

struct NumericsConfig {
  std::string isa = "native";
  int64_t threads = 1;

  static constexpr auto fields() {
    return std::tuple{
        field(&NumericsConfig::isa, "isa", "highest instruction set of the kernels; portable gives the same bits on more machines",
              choices({"native", "portable"})),
        field(&NumericsConfig::threads, "threads", "threads of the engine; part of what bit-identical resume promises", in(1, 1024))};
  }
};

struct TrainConfig {
  std::string recipe, summary, source;
  std::vector<std::string> deviations;
  InitConfig init;
  std::vector<AnchorConfig> anchors;
  std::string tokenizer;
  engine::ModelConfig model;
  std::vector<SourceConfig> data;
  std::vector<SlotConfig> slots;
  std::vector<GroupConfig> groups;
  ReplayConfig replay;
  RetireConfig retire;
  RolloutConfig rollout;
  config::Node reward, advantage, token_advantage, filters;
  config::Node schedules;
  std::vector<ComponentConfig> components;
  CriticConfig critic;
  UpdateConfig update;
  TrainEvalConfig eval;
  CheckpointConfig checkpoint;
  StopConfig stop;
  NumericsConfig numerics;

  static constexpr auto fields() {
    return std::tuple{
        field(&TrainConfig::recipe, "recipe", "name of the recipe"),
        field(&TrainConfig::summary, "summary", "one sentence for describe"),
        field(&TrainConfig::source, "source", "paper and section, or repository and file"),
        field(&TrainConfig::deviations, "deviations", "what differs from the source"),
        field(&TrainConfig::init, "init", "first weights"),
        field(&TrainConfig::anchors, "anchors", "policies besides the trained one: teachers, references, copies of earlier weights"),
        field(&TrainConfig::tokenizer, "tokenizer", "for random first weights: 'task:NAME' or 'characters'; otherwise the checkpoint's"),
        field(&TrainConfig::model, "model", "shape for random first weights; otherwise the checkpoint's"),
        field(&TrainConfig::data, "data", "sources of prompts"),
        field(&TrainConfig::slots, "slots", "how a prompt's group is filled, the same for all prompts"),
        field(&TrainConfig::groups, "groups", "in place of slots: blocks of groups, each a share of the prompts with its own slots"),
        field(&TrainConfig::replay, "replay", "what of the policy's own responses is kept and drawn again"),
        field(&TrainConfig::retire, "retire", "prompts that are solved and not drawn again"),
        field(&TrainConfig::rollout, "rollout", "sampling"),
        field(&TrainConfig::reward, "reward", "piece of axis rewards"),
        field(&TrainConfig::advantage, "advantage", "piece of axis advantages"),
        field(&TrainConfig::token_advantage, "token_advantage", "piece of axis token_advantages: one advantage a token in place of one a response"),
        field(&TrainConfig::filters, "filters", "list of pieces of axis filters: what of an iteration is trained on"),
        field(&TrainConfig::schedules, "schedules", "schedules by name that coefficients share: coef {ref: NAME} or {one_minus: NAME}"),
        field(&TrainConfig::components, "components", "terms of the objective"),
        field(&TrainConfig::critic, "critic", "a value head that gives tokens their share of a reward"),
        field(&TrainConfig::update, "update", "optimizer and budget"),
        field(&TrainConfig::eval, "eval", "evaluation while training"),
        field(&TrainConfig::checkpoint, "checkpoint", "when to save, what to keep, which one is the run's model"),
        field(&TrainConfig::stop, "stop", "ending the run early when its health fails"),
        field(&TrainConfig::numerics, "numerics", "threads and instruction set")};
  }
};

}  // namespace rlreason::train
