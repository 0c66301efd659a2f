#include "sweeps/finished_evaluation.h"

#include <unistd.h>

#include <algorithm>

#include "core/build_info.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/process/publish.h"
#include "core/process/self.h"
#include "core/runlog/provenance.h"
#include "core/runlog/writer.h"
#include "core/store/invalidations.h"
#include "core/terminal/text.h"
#include "sweeps/run_files.h"
#include "sweeps/set_aside.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr size_t kItemsARecord = 1000;  // records of one evaluation are merged by the store

json description(const FinishedEvaluation& evaluation) {
  const int64_t now = process::now_ms();
  return {{"uid", fmt::format("{:011x}-{}", now, process::nonce())},
          {"name", evaluation.name},
          {"kind", "evaluate"},
          {"label", evaluation.recipe},
          {"recipe", evaluation.recipe},
          {"setting", evaluation.setting},
          {"seed", evaluation.seed},
          {"identity", evaluation.identity},
          {"config", evaluation.config},
          {"producers", evaluation.producers},
          {"argv", json::array()},
          {"created_ms", now},
          {"build", build_line()}};
}

json hello_of(const json& run, const fs::path& directory, const std::string& attempt) {
  json hello = {{"run_uid", run.at("uid")},      {"attempt", attempt},
                {"host", process::host_name()},  {"pid", ::getpid()},
                {"build", build_info().version}, {"started_ms", process::now_ms()}};
  for (const char* key : {"kind", "name", "recipe", "setting", "seed", "identity"})
    hello[key] = run.at(key);
  runlog::add_provenance(hello, directory, 1);
  return hello;
}

void write_log(const FinishedEvaluation& evaluation, const json& run, const fs::path& directory,
               const std::string& texts) {
  const std::string attempt = runlog::next_attempt_uid(directory);
  runlog::Writer log(directory, attempt, hello_of(run, directory, attempt));
  for (size_t begin = 0; begin < evaluation.items.size(); begin += kItemsARecord) {
    const auto first = evaluation.items.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(kItemsARecord, evaluation.items.size() - begin);
    log.append(runlog::Kind::eval,
               {{"suite", evaluation.suite},
                {"iteration", evaluation.iteration},
                {"protocol", evaluation.protocol},
                {"dataset_digest", evaluation.dataset_digest},
                {"checkpoint", evaluation.checkpoint},
                {"items", json(first, first + static_cast<std::ptrdiff_t>(count))},
                {"probes", json::object()},
                {"texts", begin == 0 ? texts : ""}});
  }
  log.close({{"exit_code", 0},
             {"reason", ""},
             {"iteration", evaluation.iteration},
             {"ended_ms", process::now_ms()}});
}

void fill(const FinishedEvaluation& evaluation, const fs::path& directory) {
  const json run = description(evaluation);
  const std::string texts =
      fmt::format("artifacts/{}-{}.jsonl.gz", evaluation.suite, evaluation.iteration);
  process::make_directory(directory / "artifacts");
  eval::write_texts(directory / texts, evaluation.texts);
  write_log(evaluation, run, directory, texts);
  write_result(directory, ExitCode::ok, "");
  process::write_file_atomic(directory / "run.json",
                             run.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace

void require_name(const std::string& name, const std::string& what) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (!name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
      name.find_first_not_of(kAllowed) == std::string::npos)
    return;
  throw UserError(
      "{}: required 1 to 64 letters, digits, '.', '_' or '-', not beginning with '.' or '-'; '{}' "
      "came",
      what, name);
}

std::optional<PublishedRun> published_evaluation(const std::string& name,
                                                 const std::string& identity,
                                                 const fs::path& runs_dir, store::Store& store,
                                                 bool redo_invalid) {
  const fs::path directory = runs_dir / name;
  if (!fs::exists(fs::symlink_status(directory))) return {};
  const json run = read_run(directory);
  if (run.is_null() || run.at("identity") != identity || result_state(directory) != "done")
    throw RefusedError(
        "{}: required a free directory or this evaluation, it holds something else; remove it or "
        "give another --runs-dir",
        directory.string());
  const std::string uid = store.ingest(directory).run_uid;
  const auto ledger = store::invalid_runs(store);
  const auto invalid = ledger.find(uid);
  if (invalid == ledger.end()) return PublishedRun{directory, uid, true};
  if (!redo_invalid)
    throw RefusedError(
        "{} was declared invalid: {}; the same command with --redo-invalid moves it to the folder "
        ".invalid of the runs and makes it again",
        name, terminal::clean(invalid->second.front()));
  PoolOptions pool;
  pool.launch.runs_dir = runs_dir;
  set_aside({.invalid = {{0, ""}}, .directories = {{0, directory}}}, pool, store);
  return {};
}

PublishedRun publish_evaluation(const FinishedEvaluation& evaluation, const fs::path& runs_dir,
                                store::Store& store) {
  process::make_directories(runs_dir);
  process::clean_leftovers(runs_dir);
  const fs::path directory = runs_dir / evaluation.name;
  try {
    process::publish_directory(directory,
                               [&](const fs::path& temporary) { fill(evaluation, temporary); },
                               {{"identity", evaluation.identity}});
  } catch (const RefusedError&) {  // another process was faster, or it is somebody else's
    if (auto other =
            published_evaluation(evaluation.name, evaluation.identity, runs_dir, store, false))
      return *other;
    throw;
  }
  return {directory, store.ingest(directory).run_uid, false};
}

}  // namespace rlreason::sweep
