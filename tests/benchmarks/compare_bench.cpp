// A table of 13 rows x 5 seeds x 10 suites: its numbers from facts in memory, the facts of one run, and the runs of a plan.
//
// Bounds on an ordinary machine: table 500 ms, facts of a run 30 ms, a plan of 2,000 cells 3 s.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <filesystem>
#include <random>

#include "core/process/io.h"
#include "core/runlog/writer.h"
#include "core/store/store.h"
#include "sweeps/compare/comparison.h"

namespace {

using namespace rlreason;
using nlohmann::json;

constexpr int kRows = 13, kSuites = 10, kItems = 100, kSamples = 8;
constexpr uint64_t kSeeds = 5;

store::EvalFacts facts_of(const std::string& suite, std::mt19937_64& random) {
  store::EvalFacts facts;
  facts.row.key = {.suite = suite, .protocol_digest = "p", .dataset_digest = "d"};
  facts.row.n_items = kItems;
  facts.row.n_samples = kItems * kSamples;
  for (int i = 0; i < kItems; ++i) {
    facts.items.push_back({.id = fmt::format("{}/{:04}", suite, i)});
    for (int s = 0; s < kSamples; ++s)
      facts.items.back().samples.push_back(
          {.sample = s,
           .outcome = random() % 2 == 0 ? "right" : "wrong",
           .rule = "exact",
           .answer = "42",
           .length = 20,
           .finish = "eos",
           .flags = {{"first_token_label", random() % 2 == 0}}});
  }
  return facts;
}

void table(benchmark::State& state) {
  std::mt19937_64 random(1);
  sweep::ComparisonInput input;
  input.name = "bench";
  for (int r = 0; r < kRows; ++r) input.rows.push_back(fmt::format("row_{}", r));
  for (uint64_t seed = 0; seed < kSeeds; ++seed) input.seeds.push_back(seed);
  for (const std::string& row : input.rows)
    for (const uint64_t seed : input.seeds) {
      input.cells.push_back({.row = row, .seed = seed});
      for (int s = 0; s < kSuites; ++s) {
        const std::string suite = fmt::format("suite_{}", s);
        input.cells.back().suites[suite] = facts_of(suite, random);
      }
    }
  for (auto _ : state) benchmark::DoNotOptimize(sweep::compare(input, {}));
}
BENCHMARK(table)->Unit(benchmark::kMillisecond);

json eval_record(const std::string& suite, std::mt19937_64& random) {
  json items = json::array();
  for (const store::ItemFact& item : facts_of(suite, random).items) {
    json samples = json::array();
    for (const store::SampleFact& sample : item.samples)
      samples.push_back({{"sample", sample.sample},
                         {"outcome", sample.outcome},
                         {"rule", sample.rule},
                         {"reason", ""},
                         {"answer", sample.answer},
                         {"length", sample.length},
                         {"finish", sample.finish},
                         {"flags", sample.flags}});
    items.push_back({{"id", item.id}, {"samples", samples}});
  }
  return {{"suite", suite},
          {"iteration", 0},
          {"protocol", {{"digest", "p"}}},
          {"dataset_digest", "d"},
          {"checkpoint", "c"},
          {"texts", ""},
          {"items", items}};
}

void facts_of_a_run(benchmark::State& state) {
  const auto folder = std::filesystem::temp_directory_path() / ("rlr_bench_" + process::nonce());
  std::filesystem::create_directories(folder / "u");
  process::write_file_atomic(folder / "u" / "run.json",
                             json{{"uid", "u"}, {"kind", "evaluate"}, {"config", {{"a", 1}}}}.dump());
  {
    std::mt19937_64 random(1);
    runlog::Writer writer(folder / "u", "0001-a", {{"run_uid", "u"}});
    for (int s = 0; s < kSuites; ++s)
      writer.append(runlog::Kind::eval, eval_record(fmt::format("suite_{}", s), random));
    writer.close({{"exit_code", 0}, {"iteration", 0}});
  }
  {
    auto store = store::Store::open(folder / "s.db");
    store.ingest(folder / "u");
    if (store.all_facts("u").size() != kSuites) state.SkipWithError("facts are missing");
    for (auto _ : state) benchmark::DoNotOptimize(store.all_facts("u"));
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(facts_of_a_run)->Unit(benchmark::kMillisecond);

// 200 configurations under 10 seeds; the first round also reads the recipe and its setting.
void plan_of_2000_cells(benchmark::State& state) {
  const sweep::Plan plan = sweep::parse_plan(
      "{name: bench, setting: tiny, recipes: [luffy], seeds: 10, evaluate: {suites: [ledger_hard]},"
      " grid: {update.lr: [1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4, 7e-4, 8e-4, 9e-4, 1e-3],"
      " update.beta1: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],"
      " update.weight_decay: [0, 0.1]}}",
      "bench.yaml");
  for (auto _ : state) benchmark::DoNotOptimize(sweep::expand(plan));
}
BENCHMARK(plan_of_2000_cells)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
