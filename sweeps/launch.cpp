#include "sweeps/launch.h"

#include <csignal>
#include <set>
#include <thread>

#include "core/config/parse.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/publish.h"
#include "core/process/self.h"
#include "core/process/signals.h"
#include "core/process/spawn.h"
#include "core/runlog/reader.h"
#include "core/store/store.h"
#include "datasets/prepare.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using nlohmann::json;
namespace {

constexpr auto kIngestEvery = std::chrono::milliseconds(500);
constexpr auto kPollEvery = std::chrono::milliseconds(20);
constexpr auto kGoneWithin = std::chrono::seconds(2);

std::string title(const train::RunSpec& spec) {
  return fmt::format("{} {} (seed {})", kind_name(spec.kind),
                     spec.label.empty() ? spec.recipe : spec.label, spec.seed);
}

int64_t thread_count(const train::RunSpec& spec, const LaunchOptions& options) {
  if (options.threads > 0) return options.threads;
  for (const char* place : {"/numerics/threads", "/threads"}) {
    const json::json_pointer threads(place);
    if (spec.config.is_object() && spec.config.contains(threads) &&
        spec.config[threads].is_number_integer())
      return spec.config[threads].get<int64_t>();
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

// A directory that may be taken for a new run: absent, or with nothing in it but what a killed launcher leaves.
void require_free(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "lock" || name == "worker.json" || name.starts_with("run.json.tmp.")) continue;
    throw RefusedError(
        "{}: required a new or empty run directory, '{}' is in it and there is no run.json; choose "
        "another "
        "--run-dir",
        directory.string(), name);
  }
}

ExitCode code_of(const process::ExitStatus& status) {
  if (status.signal == SIGKILL || status.signal == SIGTERM) return ExitCode::cells_failed;
  if (status.signal != 0) return ExitCode::bug;
  static const std::set<int> kKnown = {0, 2, 3, 4, 5, 6, 7, 8, 9, 70, 75};
  return kKnown.contains(status.code) ? static_cast<ExitCode>(status.code) : ExitCode::bug;
}

}  // namespace

fs::path run_directory(const train::RunSpec& spec, const LaunchOptions& options) {
  return options.run_dir.empty() ? options.runs_dir / spec.directory() : options.run_dir;
}

bool is_done(const train::RunSpec& spec, const fs::path& directory) {
  if (spec.recipe == train::kExisting) return true;  // a checkpoint or dataset somebody gave
  const bool far_enough = spec.pause_at > 0 && paused_after(directory) >= spec.pause_at;
  if (result_state(directory) != "done" && !far_enough) return false;
  const json run = read_run(directory);
  return !run.is_null() && difference(run, spec).empty();
}

bool is_interrupted(const train::RunSpec& spec, const fs::path& directory) {
  const json run = read_run(directory);
  return !run.is_null() && difference(run, spec).empty() && result_state(directory) != "done";
}

struct RunProcess::State {
  const train::RunSpec& spec;
  LaunchOptions options;
  fs::path directory;
  std::string uid;
  RunOutcome outcome;
  bool ended = false, stopped = false;
  std::optional<process::Child> child;
  fs::path log;
  uint64_t log_offset = 0;
  Clock::time_point started = Clock::now(), next_ingest = started;
  runlog::Cursor cursor;
  LiveStep live;
  // Held until worker.json names the child: nobody else can take the run before the child has locked it.
  std::optional<process::DirectoryLock> lock;

  State(const train::Graph& graph, size_t node, const LaunchOptions& given)
      : spec(graph.specs.at(node)),
        options(given),
        directory(run_directory(spec, given)),
        log(directory / "engine.log") {
    outcome.directory = directory;
    outcome.state = RunState::failed;
  }

  // True when there is nothing to do.  Leaves a run.json and no result.json otherwise.
  bool claim(const train::Graph& graph, size_t node, const std::vector<std::string>& argv) {
    if (is_done(spec, directory)) return reuse();
    process::make_directories(directory);
    wait_until_left();
    lock.emplace(directory);
    if (is_done(spec, directory)) return reuse();
    if (has_worker(directory))
      throw RefusedError("{}: required a run that no one works on, process {} does; wait for it or stop it",
                         directory.string(), read_worker(directory)->pid);
    json run = read_run(directory);
    if (run.is_null()) {
      require_free(directory);
      run = describe_run(graph, node, directory, options, argv);
      process::write_file_atomic(directory / "run.json",
                                 run.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
    } else if (const std::string other = difference(run, spec); !other.empty()) {
      throw RefusedError(
          "{}: required an empty directory or one of {}, it holds {}; choose another --run-dir",
          directory.string(), title(spec), other);
    } else if (!options.resume) {
      throw RefusedError(
          "{}: required a new run directory, it holds an unfinished run; add --resume to go on "
          "with it or "
          "choose another --run-dir",
          directory.string());
    } else if (!options.inherit.empty()) {
      run["inherit"] = inherited(directory, options);
      process::write_file_atomic(directory / "run.json",
                                 run.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
    }
    uid = run.value("uid", "");
    process::remove_file(directory / "result.json");
    return false;
  }

  // A worker that was killed gives its lock back a little before it is gone.  One that begins has not taken it yet, so
  // nobody may hold it while waiting.
  void wait_until_left() const {
    const auto until = Clock::now() + kGoneWithin;
    while (!process::is_locked(directory) && has_worker(directory) && Clock::now() < until)
      std::this_thread::sleep_for(kPollEvery);
  }

  bool reuse() {
    outcome.state = RunState::reused;
    outcome.sentence = result_reason(directory);
    ended = true;
    ingest();
    return true;
  }

  void ingest() {
    // A checkpoint or dataset somebody gave is no run of ours.
    if (options.store != nullptr && fs::exists(directory / "run.json"))
      options.store->ingest(directory);
  }

  void end(RunState state, ExitCode code, const std::string& sentence) {
    outcome.state = state;
    outcome.code = code;
    outcome.sentence = sentence;
    outcome.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    ended = true;
    ingest();
    if (options.store != nullptr && state == RunState::failed && !uid.empty() &&
        result_state(directory).empty())
      options.store->set_state(uid, store::RunState::killed, sentence);
  }

  void prepare() {
    try {
      const fs::path target = directory / "dataset";
      if (fs::exists(target) && process::verify_directory(target))
        process::remove_directory(target);
      if (!fs::exists(target)) make_dataset(target);
      write_result(directory, ExitCode::ok, "");
    } catch (const Error& error) {
      write_result(directory, error.code(), error.what());
      return end(RunState::failed, error.code(), fmt::format("{}: {}", title(spec), error.what()));
    }
    end(RunState::done, ExitCode::ok, "");
  }

  void make_dataset(const fs::path& target) {
    const auto config = config::parse<data::PrepareConfig>(
        config::from_json(spec.config, config::Origin(title(spec))));
    const data::PreparedSummary made = data::prepare(config, target);
    if (options.store == nullptr) return;
    store::DatasetRow row;
    row.name = made.name;
    row.digest = made.digest;
    row.license = config.licence;
    row.n_items = made.rows;
    row.manifest = made.manifest;
    options.store->register_dataset(row);
  }

  void start(const std::vector<std::string>& argv) {
    std::error_code absent;
    const auto size = fs::file_size(log, absent);
    log_offset = absent ? 0 : size;
    process::SpawnOptions how;
    how.argv = argv;
    how.environment = options.environment;
    how.environment.emplace_back("OMP_NUM_THREADS", std::to_string(thread_count(spec, options)));
    how.out = process::Output::to(log);
    how.err = process::Output::to(log);
    child.emplace(process::spawn(how));
    write_worker(directory, child->pid());
  }

  void read_news() {
    bool news = false;
    for (const runlog::Record& record : runlog::Reader(directory).read(cursor)) {
      if (!record.payload.is_object()) continue;
      if (record.kind == runlog::Kind::heartbeat && record.payload.contains("all_total")) {
        live.evaluation = record.payload;
        news = true;
      }
      if (record.kind != runlog::Kind::step) continue;
      news |= record.payload.value("iteration", live.iteration) != live.iteration;
      live.iteration = record.payload.value("iteration", live.iteration);
      if (const auto found = record.payload.find("values");
          found != record.payload.end() && found->is_object())
        live.values = *found;
    }
    if (news) options.on_step(spec, live);
  }

  // Between two polls of a running child: a busy store or a torn record must not end a training run.
  void watch() {
    if (Clock::now() < next_ingest) return;
    next_ingest = Clock::now() + kIngestEvery;
    try {
      ingest();
      if (options.on_step) read_news();
    } catch (const Error&) {
      // The last ingest, after the child has ended, reports what does not go away.
    }
  }

  void finish(const process::ExitStatus& status) {
    const std::string words = last_words(log, log_offset);
    if (status.ok() && result_state(directory) == "done")
      return end(RunState::done, ExitCode::ok, result_reason(directory));
    if (status.ok())
      return end(RunState::failed, ExitCode::bug,
                 fmt::format("{}: the engine ended well but {} does not say done; please report it",
                             title(spec), (directory / "result.json").string()));
    const ExitCode code = code_of(status);
    if (code == ExitCode::preempted && is_done(spec, directory))
      return end(RunState::done, ExitCode::ok, "");  // paused where this graph wants it
    if (stopped && status.signal == SIGTERM)
      return end(RunState::preempted, ExitCode::preempted,
                 fmt::format("{}: stopped before the engine had begun", title(spec)));
    if (code == ExitCode::preempted)
      return end(RunState::preempted, code,
                 fmt::format("{}: stopped with a complete checkpoint", title(spec)));
    if (status.signal != 0)
      return end(RunState::failed, code,
                 fmt::format("{}: the engine was {}; what it had saved is kept in {}{}",
                             title(spec), process::describe_exit(status), directory.string(),
                             words.empty() ? "" : "; its last words: " + words));
    // An engine that could not even begin writes no result; whoever looks at the directory has to see that it failed.
    if (result_state(directory).empty()) write_result(directory, code, words);
    end(RunState::failed, code,
        fmt::format("{}: {}; see {}", title(spec),
                    words.empty() ? "the engine " + process::describe_exit(status) : words,
                    log.string()));
  }
};

RunProcess::RunProcess(const train::Graph& graph, size_t node, const LaunchOptions& options)
    : state_(std::make_unique<State>(graph, node, options)) {
  State& state = *state_;
  const bool in_process = state.spec.kind == train::RunKind::prepare;
  std::vector<std::string> argv;
  if (!in_process && !is_done(state.spec, state.directory)) {
    const fs::path engine =
        options.engine.empty() ? process::find_sibling("rlreason-engine") : options.engine;
    argv = {engine.string(), kind_name(state.spec.kind), "--run-dir", state.directory.string()};
    if (is_interrupted(state.spec, state.directory)) argv.emplace_back("--resume");
    if (state.spec.pause_at > 0)
      argv.insert(argv.end(), {"--pause-at", std::to_string(state.spec.pause_at)});
  }
  if (state.claim(graph, node, argv)) {
    state.lock.reset();
    return;
  }
  if (in_process)
    state.prepare();
  else
    state.start(argv);
  state.lock.reset();
}

RunProcess::~RunProcess() = default;

bool RunProcess::poll() {
  State& state = *state_;
  if (state.ended) return true;
  state.watch();
  if (const auto status = state.child->poll()) state.finish(*status);
  return state.ended;
}

void RunProcess::stop() {
  if (state_->ended || state_->stopped) return;
  state_->stopped = true;
  state_->child->signal(SIGTERM);
}

void RunProcess::kill() {
  if (!state_->ended) state_->child->signal(SIGKILL);
}

const LiveStep& RunProcess::live() const { return state_->live; }

const RunOutcome& RunProcess::outcome() const {
  RLR_ENSURE(state_->ended, "the run has not ended");
  return state_->outcome;
}

RunOutcome run_node(const train::Graph& graph, size_t node, const LaunchOptions& options) {
  RunProcess run(graph, node, options);
  while (!run.poll()) {
    if (process::stop_requested()) run.stop();
    std::this_thread::sleep_for(kPollEvery);
  }
  return run.outcome();
}

RunOutcome run_with_needs(const train::Graph& graph, size_t node, const LaunchOptions& options) {
  std::set<size_t> needed{node};
  for (size_t i = node + 1; i-- > 0;)  // producers come before their users
    if (needed.contains(i))
      for (const train::Producer& producer : graph.specs[i].producers) needed.insert(producer.node);
  if (is_done(graph.specs[node], run_directory(graph.specs[node], options))) needed = {node};
  for (size_t index : needed) {
    LaunchOptions own = options;
    if (index != node) {
      own.run_dir.clear();
      own.resume = true;
    }
    RunOutcome outcome = run_node(graph, index, own);
    const bool there = outcome.state == RunState::done || outcome.state == RunState::reused;
    if (!there || index == node) return outcome;
    if (process::stop_requested())
      return {RunState::preempted, ExitCode::preempted,
              "stopped before " + title(graph.specs[node]), outcome.directory, 0};
  }
  throw BugError("{}: a graph without its own node", node);
}

void throw_unless_done(const RunOutcome& outcome) {
  if (outcome.state == RunState::done || outcome.state == RunState::reused) return;
  throw Error(outcome.code, outcome.sentence);
}

}  // namespace rlreason::sweep
