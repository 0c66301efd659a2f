// The run log and the store: an append, ingesting, and questions over ten thousand runs.
//
// Bounds on an ordinary machine: append p50 5 us, ingest 5 M points/s, each question 50 ms, a curve of 5,000 points 2 ms.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/runlog/writer.h"
#include "core/store/board.h"
#include "core/store/filter.h"
#include "core/store/internal.h"

namespace {

using namespace rlreason;
using nlohmann::json;
using runlog::Kind;

constexpr int kMetrics = 40, kBigRuns = 10000, kVariants = 2000, kSummaries = 60, kParams = 80;

class Folder {
 public:
  Folder() : path(std::filesystem::temp_directory_path() / ("rlr_bench_" + process::nonce())) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::filesystem::path make_run(const Folder& folder, const std::string& uid) {
  const auto directory = folder.path / uid;
  process::make_directory(directory);
  process::write_file_atomic(directory / "run.json",
                             json{{"uid", uid}, {"kind", "train"}, {"config", {{"a", 1}}}}.dump());
  return directory;
}

json step(int64_t iteration) {
  json values;
  for (int m = 0; m < kMetrics; ++m)
    values[fmt::format("train/metric_{}", m)] = 1.0 / static_cast<double>(iteration * 41 + m + 3);
  return {{"iteration", iteration}, {"values", values}};
}

void append(benchmark::State& state) {
  Folder folder;
  runlog::Writer writer(make_run(folder, "u"), "0001-a", {{"run_uid", "u"}});
  const json payload = step(7);
  std::vector<double> times;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    writer.append(Kind::step, payload);
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = times[times.size() / 2];
  state.counters["p99_us"] = times[times.size() * 99 / 100];
}
BENCHMARK(append)->Iterations(20000);

// 0: a run that goes on; 1: an ended one, whose rows become columns.
void ingest(benchmark::State& state) {
  constexpr int kSteps = 4000;
  for (auto _ : state) {
    state.PauseTiming();
    auto folder = std::make_unique<Folder>();
    const auto directory = make_run(*folder, "u");
    {
      runlog::Writer writer(directory, "0001-a", {{"run_uid", "u"}});
      for (int i = 0; i < kSteps; ++i) writer.append(Kind::step, step(i));
      if (state.range(0) == 1) writer.close({{"exit_code", 0}, {"iteration", kSteps - 1}});
    }
    auto store = std::make_unique<store::Store>(store::Store::open(folder->path / "s.db"));
    auto running = std::make_unique<process::DirectoryLock>(directory);
    state.ResumeTiming();
    store->ingest(directory);
    state.PauseTiming();
    running.reset();
    store.reset();
    folder.reset();
    state.ResumeTiming();
  }
  state.counters["points_per_s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * kSteps * kMetrics, benchmark::Counter::kIsRate);
}
BENCHMARK(ingest)->Arg(0)->Arg(1)->Iterations(5)->Unit(benchmark::kMillisecond)->UseRealTime();

// Ten thousand ended runs of 2,000 variants, 80 parameters and 60 summaries each.
const store::Store& big_store() {
  static const Folder folder;
  static const store::Store whole = [] {
    store::Store made = store::Store::open(folder.path / "big.db");
    auto& db = made.connection();
    made.register_experiment({.name = "plan"});
    store::WriteTransaction transaction(db);
    store::put_blob(db, "config", "{}");
    db.execute(fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO "
        "variant(experiment_id, "
        "label, role, identity, toggles) SELECT 1, 'v' || i, 'variant', 'id' || i, '{{}}' FROM n",
        kVariants));
    db.execute(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) "
                    "INSERT INTO run(uid, name, kind, "
                    "recipe, setting, seed, identity, config_digest, argv, build, directory, "
                    "state, state_ms, created_ms) SELECT 'u' || "
                    "i, 'n' || i, 'train', 'r' || (i % 40), 'tiny', i % 5, 'id' || (i % {1} + 1), "
                    "(SELECT digest FROM blob), '[]', '', "
                    "'/d/' || i, 'done', i, i FROM n",
                    kBigRuns, kVariants));
    db.execute(fmt::format("INSERT INTO variant_run SELECT id % {} + 1, id FROM run", kVariants));
    db.execute(fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO "
        "metric(name) SELECT 'metric_' || i FROM n",
        kSummaries));
    db.execute(
        "INSERT INTO summary SELECT r.id, m.id, 100, (random() % 1000000) / 1e6, 99, 0, 1, 0.5, 0 "
        "FROM run r, metric m ORDER "
        "BY r.id, m.id");
    db.execute(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) "
                    "INSERT INTO param SELECT r.id, "
                    "'group.key_' || i, 3, (r.id * i) % 7, CAST((r.id * i) % 7 AS TEXT) FROM run "
                    "r, n ORDER BY 1, 2",
                    kParams));
    transaction.commit();
    db.locked([&] { db.execute("ANALYZE"); });
    return made;
  }();
  return whole;
}

void leaderboard(benchmark::State& state) {
  const auto& store = big_store();
  for (auto _ : state) benchmark::DoNotOptimize(store::best_runs(store, "metric_7", 20));
}
BENCHMARK(leaderboard)->Unit(benchmark::kMillisecond);

void seed_means(benchmark::State& state) {
  const auto& store = big_store();
  for (auto _ : state) benchmark::DoNotOptimize(store::variant_means(store, "metric_7", "plan"));
}
BENCHMARK(seed_means)->Unit(benchmark::kMillisecond);

void configuration_difference(benchmark::State& state) {
  const auto& store = big_store();
  for (auto _ : state) benchmark::DoNotOptimize(store::config_difference(store, "u17", "u4711"));
}
BENCHMARK(configuration_difference)->Unit(benchmark::kMillisecond);

void varying(benchmark::State& state) {
  const auto& store = big_store();
  std::vector<std::string> uids;
  for (int i = 1; i <= 200; ++i) uids.push_back(fmt::format("u{}", i * 31));
  for (auto _ : state) benchmark::DoNotOptimize(store::varying_params(store, uids));
}
BENCHMARK(varying)->Unit(benchmark::kMillisecond);

void filter(benchmark::State& state) {
  const auto& store = big_store();
  for (auto _ : state)
    benchmark::DoNotOptimize(store::matching_runs(
        store, "recipe = \"r7\" and metric_7 > 0.5 or group.key_3 = 2 and seed = 1"));
}
BENCHMARK(filter)->Unit(benchmark::kMillisecond);

void curve_of_5000(benchmark::State& state) {
  Folder folder;
  const auto directory = make_run(folder, "u");
  {
    runlog::Writer writer(directory, "0001-a", {{"run_uid", "u"}});
    for (int i = 0; i < 5000; ++i) writer.append(Kind::step, step(i));
    if (state.range(0) == 1) writer.close({{"exit_code", 0}, {"iteration", 4999}});
  }
  auto store = store::Store::open(folder.path / "s.db");
  const process::DirectoryLock running(directory);  // without the end its rows stay in the tail
  store.ingest(directory);
  for (auto _ : state) benchmark::DoNotOptimize(store.curve("u", "train/metric_3"));
}
BENCHMARK(curve_of_5000)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
