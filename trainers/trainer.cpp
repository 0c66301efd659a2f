#include "trainers/trainer.h"

#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include "core/engine/generation/generator.h"
#include "core/error.h"
#include "core/log.h"
#include "core/process/publish.h"
#include "core/process/signals.h"
#include "trainers/anchors.h"
#include "trainers/component_gradients.h"
#include "trainers/group_filter.h"
#include "trainers/groups.h"
#include "trainers/records.h"
#include "trainers/replay_scores.h"
#include "trainers/replaying.h"
#include "trainers/update.h"

namespace rlreason::train {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

tokenizer::Tokenizer make_tokenizer(const TrainRun& run) {
  if (!run.init.empty()) return tokenizer::Tokenizer::load(run.init);
  if (run.config.tokenizer == "characters") return tokenizer::Tokenizer::characters(kCharacters);
  if (run.config.tokenizer.starts_with("task:"))
    return data::find_task(run.config.tokenizer.substr(5)).make_tokenizer();
  throw UserError(
      "tokenizer: required 'task:NAME' or 'characters' for random first weights, '{}' came",
      run.config.tokenizer);
}

engine::Policy make_policy(const TrainRun& run, const tokenizer::Tokenizer& tokenizer) {
  if (!run.init.empty()) {
    engine::Policy policy = engine::load_policy(run.init);
    if (policy.config().vocab_size < tokenizer.vocab_size())
      throw DataError(
          "{}: required a tokenizer of at most {} tokens (config.json vocab_size), it has {}; the "
          "two files are of different models",
          run.init.string(), policy.config().vocab_size, tokenizer.vocab_size());
    return policy;
  }
  engine::ModelConfig model = run.config.model;
  if (model.vocab_size == 0) model.vocab_size = tokenizer.vocab_size();
  engine::check(model);
  engine::Policy policy(model);
  policy.initialise(run.seed);
  return policy;
}

// One run's parts, so that the loop below reads in one screen.
class Session {
 public:
  Session(const TrainRun& run, runlog::Writer& log, const EvaluateCallback& evaluate)
      : run_(run),
        log_(log),
        evaluate_(evaluate),
        tokenizer_(make_tokenizer(run)),
        policy_(make_policy(run, tokenizer_)),
        optimizer_(policy_.arena(), {.beta1 = run.config.update.beta1,
                                     .beta2 = run.config.update.beta2,
                                     .eps = run.config.update.eps,
                                     .weight_decay = run.config.update.weight_decay}),
        config_(with_model(run.config, policy_)),
        keeps_history_(needs_of(config_).history),
        prompts_(config_, run.seed, tokenizer_, run.datasets),
        builder_(config_, run.seed),
        filter_(config_),
        anchors_(config_, run.init, run.anchors, policy_, tokenizer_),
        replayer_(config_, run.seed, run.run_dir),
        critic_(needs_of(config_).value
                    ? std::make_unique<CriticUpdater>(config_, policy_, *communicator_)
                    : nullptr),
        updater_(config_, policy_, optimizer_, *communicator_, &anchors_, critic_.get()),
        checkpoints_(run.run_dir, config_.checkpoint.keep) {
    if (prompts_.dropped_demonstrations() > 0)
      log_.append(runlog::Kind::event, {{"what", "demonstrations_dropped"},
                                        {"count", prompts_.dropped_demonstrations()},
                                        {"why", "longer than rollout.max_new_tokens"}});
    if (prompts_.cut_demonstrations() > 0)
      log_.append(runlog::Kind::event, {{"what", "demonstrations_cut"},
                                        {"count", prompts_.cut_demonstrations()},
                                        {"why", "longer than rollout.max_new_tokens"}});
  }

  TrainOutcome loop() {
    if (run_.resume) restore();
    while (!finished() && !pauses()) {
      const auto start = Clock::now();
      IterationTimes times;
      engine::GeneratorStats generated;
      anchors_.begin_iteration(state_.iteration, policy_);
      rounds_ = 1;
      counts_ = {};
      std::vector<Group> groups = draw_groups({}, generated);
      const auto wanted = static_cast<int64_t>(groups.size());
      while (rounds_ <= config_.rollout.resample && GroupFilter::kept(groups) < wanted) {
        ++rounds_, ++state_.extra_draws;
        groups = draw_groups(std::move(groups), generated);
      }
      GroupFilter::keep_first(groups, wanted);
      times.generate_s = seconds_since(start);
      const auto update_start = Clock::now();
      const UpdateReport report = updater_.update(groups, state_.iteration, state_.history);
      times.update_s = seconds_since(update_start);
      times.total_s = seconds_since(start);
      advance(groups, report, generated, times);
      if (process::stop_requested()) stop();
    }
    save_if_new(finished() ? "last" : "paused");
    return finished() ? outcome() : TrainOutcome{.iteration = state_.iteration, .paused = true};
  }

  nlohmann::json gradients(const std::filesystem::path& checkpoint) {
    load_checkpoint(checkpoint, state_, policy_, optimizer_);
    anchors_.restore(checkpoint, state_.iteration);
    if (critic_) critic_->restore(checkpoint, state_.optimizer_steps);
    anchors_.begin_iteration(state_.iteration, policy_);
    replayer_.borrow(checkpoint, checkpoint.parent_path().parent_path());
    engine::GeneratorStats generated;
    const std::vector<Group> groups = draw_groups({}, generated);
    nlohmann::json report = component_gradients(config_, policy_, groups, state_.iteration,
                                                state_.history, &anchors_, critic_.get());
    report["iteration"] = state_.iteration;
    report["checkpoint"] = checkpoint.string();
    return report;
  }

 private:
  static TrainConfig with_model(TrainConfig config, const engine::Policy& policy) {
    config.model = policy.config();
    return config;
  }

  bool budget_spent() const {
    return state_.iteration >= config_.update.iterations ||
           (config_.update.until_tokens > 0 &&
            state_.tokens_generated + state_.tokens_trained >= config_.update.until_tokens) ||
           (config_.update.until_seconds > 0 &&
            state_.train_seconds >= config_.update.until_seconds);
  }

  bool finished() const { return budget_spent() || unhealthy(); }
  bool pauses() const { return run_.pause_at > 0 && state_.iteration >= run_.pause_at; }

  // From the state alone, so that a resumed run ends where one that never stopped does.
  std::optional<HealthNote> unhealthy() const {
    return reason_to_stop(config_.stop, curves_of(state_.watched), state_.iteration);
  }

  TrainOutcome outcome() {
    const bool best = config_.checkpoint.select == "best" && state_.best_iteration >= 0;
    TrainOutcome outcome{.iteration = state_.iteration,
                         .model = checkpoint_name(best ? state_.best_iteration : state_.iteration),
                         .stopped = budget_spent() ? std::nullopt : unhealthy()};
    if (const auto problem = process::verify_directory(run_.run_dir / outcome.model))
      throw DataError(
          "{}: required the checkpoint that is the run's model, it is damaged ({}); remove the run "
          "directory and train again",
          (run_.run_dir / outcome.model).string(), *problem);
    if (outcome.stopped)
      log_.append(runlog::Kind::event, {{"kind", "stopped"},
                                        {"rule", outcome.stopped->rule},
                                        {"iteration", state_.iteration},
                                        {"sentence", outcome.stopped->sentence}});
    return outcome;
  }

  // The earlier rounds' groups and one more round's, answered and judged together.
  std::vector<Group> draw_groups(std::vector<Group> groups, engine::GeneratorStats& generated) {
    std::vector<DrawnPrompt> prompts =
        prompts_.draw(state_.iteration + state_.extra_draws, replayer_.retired());
    if (groups.empty()) prompts = with_replay(std::move(prompts));
    std::vector<Group> own = builder_.open(std::move(prompts), state_.iteration);
    GroupFilter::number(groups, own);
    for (;;) {
      const std::vector<RoundRequest> requests =
          builder_.next_round(own, tokenizer_, state_.iteration, counts_);
      if (requests.empty()) break;
      builder_.fill(own, generate(own, requests, generated), state_.optimizer_steps);
    }
    std::move(own.begin(), own.end(), std::back_inserter(groups));
    builder_.judge(groups, tokenizer_);
    filter_.apply(groups);
    return groups;
  }

  // Later rounds of an iteration replay nothing: their prompts stand in for groups that filters left out.
  std::vector<DrawnPrompt> with_replay(std::vector<DrawnPrompt> prompts) {
    return replayer_.join(std::move(prompts), state_.iteration,
                          [&](const std::vector<ReplayCandidate>& candidates) {
                            return replay_scores(policy_, config_, candidates);
                          });
  }

  engine::GenerationRequest request_of(const Group& group, const RoundRequest& own,
                                       size_t number) const {
    const Opening& opening = group.open[own.opening];
    std::vector<int32_t> ids = group.sampling_prompt();
    ids.insert(ids.end(), opening.given.begin(), opening.given.end());
    return {.id = static_cast<int64_t>(number),
            .prompt_ids = std::move(ids),
            .key = {.seed = run_.seed,
                    .purpose = Purpose::rollout,
                    .iteration = static_cast<uint64_t>(state_.iteration),
                    .prompt = hash_id(group.drawn.prompt.id)},
            .sample_begin = own.sample_begin,
            .sample_count = own.sample_count,
            .max_new_tokens = static_cast<int32_t>(config_.rollout.max_new_tokens) -
                              static_cast<int32_t>(opening.given.size()),
            .temperature = opening.greedy ? 0.0 : config_.rollout.temperature,
            .eos_id = tokenizer_.eos_id()};
  }

  // Each writer samples its own requests.
  std::vector<Sampled> generate(const std::vector<Group>& groups,
                                const std::vector<RoundRequest>& round,
                                engine::GeneratorStats& stats) {
    std::map<std::string, std::vector<engine::GenerationRequest>> of_writer;
    for (size_t r = 0; r < round.size(); ++r) {
      const Group& group = groups[round[r].group];
      of_writer[group.open[round[r].opening].by].push_back(request_of(group, round[r], r));
    }
    std::vector<Sampled> samples;
    for (const auto& [by, requests] : of_writer) {
      engine::GeneratorStats own_stats;
      for (engine::FinishedSample& done : engine::generate_all(
               policy_called(by), {.slots = static_cast<int32_t>(config_.rollout.slots)}, requests,
               &own_stats)) {
        const RoundRequest& own = round[static_cast<size_t>(done.request_id)];
        samples.push_back({.group = own.group,
                           .opening = own.opening,
                           .sample = done.sample,
                           .response_ids = std::move(done.response_ids),
                           .behavior_logprob = std::move(done.behavior_logprob),
                           .old_logprob = std::move(done.old_logprob),
                           .finish = done.finish});
      }
      stats.sampled_tokens += own_stats.sampled_tokens;
      stats.prompt_tokens += own_stats.prompt_tokens;
    }
    return samples;
  }

  const engine::Policy& policy_called(const std::string& name) const {
    return name == "policy" ? policy_ : anchors_.policy(name);
  }

  void advance(const std::vector<Group>& groups, const UpdateReport& report,
               const engine::GeneratorStats& generated, const IterationTimes& times) {
    remember(groups, report);
    replayer_.collect(groups, state_.iteration);
    ++state_.iteration;
    const int64_t version = std::exchange(state_.optimizer_steps, optimizer_.steps());
    state_.tokens_generated += generated.sampled_tokens;
    state_.tokens_trained += report.trained_tokens;
    for (const Group& group : groups)
      for (const Trajectory& trajectory : group.trajectories) state_.samples += trajectory.kept;
    state_.train_seconds += times.total_s;
    nlohmann::json record =
        step_record(state_, groups, report, times, prompts_.demonstration_starts(), tokenizer_);
    filter_.write(groups, rounds_, record.at("values"));
    builder_.write(counts_, record.at("values"));
    replayer_.write(groups, state_.iteration - 1, version, record.at("values"));
    log_.append(runlog::Kind::step, record);
    watch(record.at("values"));
    if (state_.iteration % kRolloutRecordEvery == 1 ||
        state_.iteration == config_.update.iterations)
      log_.append(runlog::Kind::rollout, rollout_record(state_.iteration, groups, tokenizer_));
    const bool last = state_.iteration == config_.update.iterations;
    const bool best =
        config_.eval.every > 0 && state_.iteration % config_.eval.every == 0 && evaluate_now();
    if (best || last || state_.iteration % config_.checkpoint.every == 0)
      save(best ? "best" : last ? "last" : "every");
  }

  void remember(const std::vector<Group>& groups, const UpdateReport& report) {
    if (!keeps_history_) return;
    double right = 0, sampled = 0;
    for (const Group& group : groups) {
      const Solved own = group.solved();
      sampled += static_cast<double>(own.responses);
      right += static_cast<double>(own.right);
    }
    // 0 / 0 is NaN: nothing was observed.
    state_.history.entropy.push_back(report.policy.entropy / report.policy.targets);
    state_.history.solve_rate.push_back(right / sampled);
    for (const ComponentSums& component : report.components)
      state_.history.loss[component.name].push_back(component.raw);
  }

  // What the rules of `stop` look at, as recorded.
  void watch(const nlohmann::json& values) {
    for (const auto& [metric, value] : values.items())
      if (read_by_health(metric)) watch(metric, runlog::to_double(value));
  }
  void watch(const std::string& metric, double value) {
    if (config_.stop.on.empty()) return;
    state_.watched.iterations[metric].push_back(state_.iteration);
    state_.watched.values[metric].push_back(value);
  }

  // Whether this is the best score so far.
  bool evaluate_now() {
    const auto scores = evaluate_(policy_, tokenizer_, state_.iteration, log_);
    for (const auto& [suite, score] : scores) watch(evaluation_curve(suite), score);
    if (scores.empty() || scores.front().second <= state_.best_score) return false;
    state_.best_score = scores.front().second;
    state_.best_iteration = state_.iteration;
    return true;
  }

  void save(const std::string& why) {
    const process::Manifest manifest = checkpoints_.save(state_, policy_, optimizer_, tokenizer_,
                                                         {{"recipe", config_.recipe},
                                                          {"seed", run_.seed},
                                                          {"iteration", state_.iteration},
                                                          {"init", run_.init.filename().string()}},
                                                         [&](const std::filesystem::path& folder) {
                                                           anchors_.save(folder);
                                                           if (critic_) critic_->save(folder);
                                                           replayer_.save(folder);
                                                         });
    std::vector<std::filesystem::path> folders;
    for (const SavedCheckpoint& saved : checkpoints_.list()) folders.push_back(saved.folder);
    replayer_.clean(folders);
    saved_iteration_ = state_.iteration;
    log_.append(runlog::Kind::checkpoint, {{"iteration", state_.iteration},
                                           {"path", checkpoint_name(state_.iteration)},
                                           {"digest", manifest.digest},
                                           {"bytes", manifest.bytes()},
                                           {"kept_because", why}});
  }

  void stop() {
    save_if_new("stopped");
    throw PreemptedError(
        "{}: stopped by a signal after iteration {} with a complete checkpoint; run again with "
        "--resume",
        run_.run_dir.string(), state_.iteration);
  }

  void save_if_new(const std::string& why) {
    if (saved_iteration_ != state_.iteration) save(why);
  }

  void restore() {
    std::vector<std::string> problems;
    const auto saved = checkpoints_.newest_valid(
        problems,
        [&](const std::filesystem::path& folder) { return replayer_.problem_of(folder); });
    for (const std::string& problem : problems) {
      log::warn("passed over a damaged checkpoint: {}", problem);
      log_.append(runlog::Kind::event, {{"what", "checkpoint_damaged"}, {"problem", problem}});
    }
    if (!saved) return;
    load_checkpoint(saved->folder, state_, policy_, optimizer_);
    anchors_.restore(saved->folder, state_.iteration);
    if (critic_) critic_->restore(saved->folder, state_.optimizer_steps);
    replayer_.restore(saved->folder);
    saved_iteration_ = state_.iteration;
  }

  const TrainRun& run_;
  runlog::Writer& log_;
  const EvaluateCallback& evaluate_;
  tokenizer::Tokenizer tokenizer_;
  engine::Policy policy_;
  engine::AdamW optimizer_;
  std::unique_ptr<engine::Communicator> communicator_ = engine::local_communicator();
  TrainConfig config_;
  bool keeps_history_;
  PromptSampler prompts_;
  GroupBuilder builder_;
  GroupFilter filter_;
  Anchors anchors_;
  Replayer replayer_;
  std::unique_ptr<CriticUpdater> critic_;  // none unless the recipe reads values
  Updater updater_;
  CheckpointStore checkpoints_;
  TrainState state_;
  int64_t saved_iteration_ = -1;
  int64_t rounds_ = 1;  // of drawing prompts in this iteration
  RoundCounts counts_;  // of this iteration
};

}  // namespace

TrainOutcome train(const TrainRun& run, runlog::Writer& log, const EvaluateCallback& evaluate) {
  return Session(run, log, evaluate).loop();
}

nlohmann::json gradient_report(const TrainRun& run, const std::filesystem::path& checkpoint,
                               runlog::Writer& log) {
  const EvaluateCallback never;
  return Session(run, log, never).gradients(checkpoint);
}

}  // namespace rlreason::train
