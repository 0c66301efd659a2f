// rlreason-engine: trains or evaluates what one run directory says.  Started by rlreason, or alone under a scheduler.
//
//   rlreason-engine train    --run-dir D [--resume] [--pause-at ITERATION]
//   rlreason-engine evaluate --run-dir D [--resume]
//   rlreason-engine objective --job D
//   rlreason-engine analyze   --job D
//   rlreason-engine gradients --job D
//   rlreason-engine generate --checkpoint D --prompt TEXT [--samples N] [--temperature T] [--max-new-tokens N] [--seed S]
//
// The contract is the directory: run.json in, log/, checkpoints/, artifacts/ and result.json out.
#include <ATen/Parallel.h>
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/engine_analyze.h"
#include "cli/engine_objective.h"
#include "core/build_info.h"
#include "core/config/parse.h"
#include "core/engine/generation/generator.h"
#include "core/engine/kernels/isa.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/self.h"
#include "core/process/signals.h"
#include "core/runlog/provenance.h"
#include "core/runlog/writer.h"
#include "core/terminal/text.h"
#include "datasets/verifiers/external.h"
#include "evaluators/evaluate_config.h"
#include "evaluators/sampling_run.h"
#include "trainers/catalog/anchors.h"
#include "trainers/catalog/recipe.h"
#include "trainers/trainer.h"

namespace rlreason {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string command;
  std::map<std::string, std::string> values;
  bool resume = false;

  std::string get(const std::string& name, const std::string& fallback) const {
    const auto it = values.find(name);
    return it == values.end() ? fallback : it->second;
  }
  std::string need(const std::string& name) const {
    if (const auto it = values.find(name); it != values.end()) return it->second;
    throw UserError("rlreason-engine {}: required --{}", command, name);
  }
};

Arguments parse_arguments(const std::vector<std::string>& argv) {
  if (argv.empty())
    throw UserError(
        "rlreason-engine: required train, evaluate, generate, objective, analyze or gradients; "
        "people start it "
        "through 'rlreason'");
  Arguments arguments{.command = argv[0], .values = {}};
  for (size_t i = 1; i < argv.size(); ++i) {
    if (argv[i] == "--resume") {
      arguments.resume = true;
    } else if (argv[i].starts_with("--") && i + 1 < argv.size()) {
      arguments.values[argv[i].substr(2)] = argv[i + 1];
      ++i;
    } else {
      throw UserError("rlreason-engine: required --name value, '{}' came", argv[i]);
    }
  }
  return arguments;
}

// Before the first tensor operation: LibTorch and our kernels read their caps once.
void set_numerics(const train::NumericsConfig& numerics) {
  if (numerics.isa == "portable") {
    ::setenv("ATEN_CPU_CAPABILITY", "default", 1);
    engine::set_active_isa(engine::Isa::baseline);
  }
  at::set_num_threads(static_cast<int>(numerics.threads));
}

struct RunFile {
  fs::path dir;
  nlohmann::json json;

  explicit RunFile(const fs::path& run_dir) : dir(run_dir) {
    const fs::path file = run_dir / "run.json";
    json = nlohmann::json::parse(process::read_file(file), nullptr, false);
    if (json.is_discarded() || !json.contains("config"))
      throw DataError("{}: required a run description, something else came", file.string());
  }
  // Folder of a producer by role; empty when there is none.
  fs::path producer(const std::string& role) const {
    for (const auto& own : json.value("producers", nlohmann::json::array()))
      if (own.at("role") == role) {
        const fs::path path = own.at("path").get<std::string>();
        return path.is_absolute() ? path : dir.parent_path() / path;
      }
    return {};
  }
};

nlohmann::json hello_of(const RunFile& run, const std::string& attempt, int64_t threads) {
  nlohmann::json hello = {{"run_uid", run.json.value("uid", "")},
                          {"attempt", attempt},
                          {"kind", run.json.value("kind", "")},
                          {"name", run.json.value("name", "")},
                          {"recipe", run.json.value("recipe", "")},
                          {"setting", run.json.value("setting", "")},
                          {"seed", run.json.value("seed", 0)},
                          {"identity", run.json.value("identity", "")},
                          {"host", process::host_name()},
                          {"pid", ::getpid()},
                          {"threads", threads},
                          {"build", build_info().version},
                          {"started_ms", process::now_ms()}};
  runlog::add_provenance(hello, run.dir, threads);
  return hello;
}

// How a run ended well: its last iteration, and what result.json says besides.
struct Ended {
  int64_t iteration = 0;
  std::string reason = {};                         // "" where the budget was used up
  nlohmann::json more = nlohmann::json::object();  // further members of result.json
  bool paused = false;                             // to be resumed, by whoever asked for it
};

void write_result(const fs::path& dir, ExitCode code, const std::string& state,
                  const Ended& ended) {
  nlohmann::json result = {{"exit_code", static_cast<int>(code)},
                           {"state", state},
                           {"iteration", ended.iteration},
                           {"reason", ended.reason}};
  result.update(ended.more);
  process::write_file_atomic(dir / "result.json", result.dump(2) + "\n");
}

// Runs `body` inside an attempt: lock, log, result; the log's last record says how it ended.
ExitCode attempt(const RunFile& run, int64_t threads,
                 const std::function<Ended(runlog::Writer&)>& body) {
  // Whoever looks whether somebody works here takes the lock for a moment.
  const process::DirectoryLock lock(run.dir, std::chrono::seconds(1));
  const std::string uid = runlog::next_attempt_uid(run.dir);
  runlog::Writer log(run.dir, uid, hello_of(run, uid, threads));
  const auto end = [&](ExitCode code, const std::string& state, const Ended& ended) {
    log.close({{"exit_code", static_cast<int>(code)},
               {"reason", ended.reason},
               {"iteration", ended.iteration},
               {"ended_ms", process::now_ms()}});
    write_result(run.dir, code, state, ended);
  };
  try {
    const Ended ended = body(log);
    const ExitCode code = ended.paused ? ExitCode::preempted : ExitCode::ok;
    end(code, ended.paused ? "paused" : "done", ended);
    return code;
  } catch (const Error& error) {
    if (error.code() != ExitCode::disk)
      end(error.code(), error.code() == ExitCode::preempted ? "preempted" : "failed",
          {.iteration = -1, .reason = error.what()});
    throw;
  }
}

std::vector<eval::Suite> suites_while_training(const train::TrainEvalConfig& config) {
  std::vector<eval::Suite> suites;
  for (const std::string& name : config.suites) {
    suites.push_back(eval::load_suite(name));
    suites.back().prompts = std::min(suites.back().prompts, config.prompts);
    suites.back().samples = config.samples;
  }
  return suites;
}

// A prepare run keeps its dataset in a folder of its own; a given dataset is the folder itself.
fs::path dataset_folder(const fs::path& producer) {
  return fs::exists(producer / "dataset") ? producer / "dataset" : producer;
}

train::TrainRun train_run(const RunFile& file, bool resume, int64_t pause_at = 0) {
  train::TrainRun run{.run_dir = file.dir,
                      .config = train::config_from_json(file.json.at("config")),
                      .seed = file.json.value("seed", uint64_t{0}),
                      .datasets = {},
                      .init = {},
                      .anchors = {},
                      .resume = resume,
                      .pause_at = pause_at};
  for (const train::SourceConfig& source : run.config.data)
    if (source.dataset.size() > 0)
      run.datasets[source.name] = dataset_folder(file.producer("dataset:" + source.name));
  if (const fs::path init = file.producer("init"); !init.empty())
    run.init = train::model_folder(init);
  for (const train::AnchorConfig& anchor : run.config.anchors)
    for (size_t i = 0; i < anchor.runs.size(); ++i)
      run.anchors[anchor.name].push_back(
          train::model_folder(file.producer(train::anchor_role(anchor, i))));
  return run;
}

// Job folder: job.json {"run", "checkpoint"} in, output.json out; the run's own folder is only read.
void run_gradients(const Arguments& arguments) {
  const fs::path job = arguments.need("job");
  const nlohmann::json json = nlohmann::json::parse(process::read_file(job / "job.json"));
  const RunFile file(json.at("run").get<std::string>());
  train::TrainRun run = train_run(file, false);
  const fs::path checkpoint = train::model_folder(json.at("checkpoint").get<std::string>());
  run.run_dir = job;
  set_numerics(run.config.numerics);
  runlog::Writer log(job, runlog::next_attempt_uid(job), nlohmann::json::object());
  process::write_file_atomic(job / "output.json",
                             train::gradient_report(run, checkpoint, log).dump());
}

// The run's model is named, so that what reads the run later takes the one that checkpoint.select chose.
Ended ended_of(const train::TrainOutcome& outcome) {
  if (outcome.paused)
    return {.iteration = outcome.iteration,
            .reason = fmt::format("paused after iteration {}", outcome.iteration),
            .paused = true};
  Ended ended{.iteration = outcome.iteration, .more = {{"checkpoint", outcome.model}}};
  if (!outcome.stopped) return ended;
  ended.reason = fmt::format("stopped early at iteration {} by {}: {}", outcome.iteration,
                             outcome.stopped->rule, outcome.stopped->sentence);
  ended.more["stopped"] = {{"rule", outcome.stopped->rule},
                           {"iteration", outcome.iteration},
                           {"sentence", outcome.stopped->sentence}};
  return ended;
}

ExitCode run_train(const Arguments& arguments) {
  const RunFile file(arguments.need("run-dir"));
  const train::TrainRun run =
      train_run(file, arguments.resume, std::stoll(arguments.get("pause-at", "0")));
  set_numerics(run.config.numerics);
  const std::vector<eval::Suite> suites = suites_while_training(run.config.eval);
  return attempt(file, run.config.numerics.threads, [&](runlog::Writer& log) {
    const auto evaluate = [&](const engine::Policy& policy, const tokenizer::Tokenizer& tokenizer,
                              int64_t iteration, runlog::Writer& writer) {
      return eval::evaluate_suites(policy, tokenizer,
                                   {.run_dir = file.dir,
                                    .suites = suites,
                                    .iteration = iteration,
                                    .seed = run.seed,
                                    .slots = run.config.rollout.slots,
                                    .texts = false,
                                    .checkpoint = fmt::format("iteration {}", iteration),
                                    .inherit = {},
                                    .resumable = false},
                                   writer);
    };
    return ended_of(train::train(run, log, evaluate));
  });
}

void run_evaluate(const Arguments& arguments) {
  const RunFile file(arguments.need("run-dir"));
  const auto config = config::parse<eval::EvaluateConfig>(
      config::from_json(file.json.at("config"), config::Origin("run.json")));
  set_numerics({.threads = config.threads});
  const fs::path checkpoint = train::model_folder(file.producer("checkpoint"));
  attempt(file, config.threads, [&](runlog::Writer& log) {
    const engine::Policy policy = engine::load_policy(checkpoint);
    const tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::load(checkpoint);
    eval::EvaluationRun run{.run_dir = file.dir,
                            .suites = config.suites,
                            .iteration = 0,
                            .seed = config.seed,
                            .slots = config.slots,
                            .texts = config.texts,
                            .checkpoint = checkpoint.string(),
                            .inherit = {},
                            .resumable = true};
    for (const auto& other : file.json.value("inherit", nlohmann::json::array()))
      run.inherit.push_back(file.dir.parent_path() / other.get<std::string>());
    eval::evaluate_suites(policy, tokenizer, run, log);
    return Ended{};
  });
}

void run_generate(const Arguments& arguments) {
  const fs::path checkpoint = train::model_folder(arguments.need("checkpoint"));
  set_numerics({.threads = std::stoll(arguments.get("threads", "1"))});
  const engine::Policy policy = engine::load_policy(checkpoint);
  const tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::load(checkpoint);
  const std::string prompt = arguments.need("prompt");
  const engine::GenerationRequest request{
      .id = 0,
      .prompt_ids = tokenizer.encode(prompt),
      .key = {.seed = std::stoull(arguments.get("seed", "0")),
              .purpose = Purpose::evaluation,
              .prompt = hash_id(prompt)},
      .sample_begin = 0,
      .sample_count = static_cast<uint32_t>(std::stoul(arguments.get("samples", "1"))),
      .max_new_tokens = std::stoi(arguments.get("max-new-tokens", "64")),
      .temperature = std::stod(arguments.get("temperature", "1")),
      .eos_id = tokenizer.eos_id()};
  for (const engine::FinishedSample& done : engine::generate_all(policy, {}, {&request, 1})) {
    double logprob = 0;
    for (const float own : done.old_logprob) logprob += static_cast<double>(own);
    const std::string text = tokenizer.decode(done.response_ids);
    if (arguments.get("json", "") == "true")
      fmt::print("{}\n", nlohmann::json({{"sample", done.sample},
                                         {"text", text},
                                         {"tokens", done.response_ids.size()},
                                         {"logprob", logprob},
                                         {"finish", to_string(done.finish)}})
                             .dump());
    else
      fmt::print("{}\n", terminal::clean(text));
  }
}

int run(const std::vector<std::string>& argv) {
  process::install_stop_signals();
  const Arguments arguments = parse_arguments(argv);
  data::register_external_verifiers_from_environment();
  if (arguments.command == "train") return static_cast<int>(run_train(arguments));
  if (arguments.command == "evaluate")
    run_evaluate(arguments);
  else if (arguments.command == "generate")
    run_generate(arguments);
  else if (arguments.command == "objective")
    run_objective(arguments.need("job"));
  else if (arguments.command == "analyze")
    run_analyze(arguments.need("job"));
  else if (arguments.command == "gradients")
    run_gradients(arguments);
  else
    throw UserError(
        "rlreason-engine: required train, evaluate, generate, objective, analyze or gradients, "
        "'{}' came",
        arguments.command);
  return 0;
}

}  // namespace
}  // namespace rlreason

int main(int argc, char** argv) {
  try {
    return rlreason::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const rlreason::Error& error) {
    fmt::print(stderr, "rlreason-engine: {}\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "rlreason-engine: required more memory than there is; lower rollout.slots or "
               "update.micro_batch_tokens\n");
    return static_cast<int>(rlreason::ExitCode::refused);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rlreason-engine: a bug: {}; please report it with the run directory\n",
               error.what());
    return static_cast<int>(rlreason::ExitCode::bug);
  }
}
