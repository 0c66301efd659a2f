// rlreason analyze pool DATASET|RUN: quality, coverage and composition of a pool of solutions (sweeps/analysis/pool.h).
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/analyze.h"
#include "cli/commands/score_texts.h"
#include "core/store/store.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/analysis/pool.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using terminal::Align;

struct Options {
  std::string pool, reference, policy;
};

std::string number(const Json& value) {
  return value.is_null() ? "" : terminal::format_number(value.get<double>(), 4);
}

std::string counts(const Json& counts) {
  std::string text;
  for (const auto& [name, count] : counts.items())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count.get<int64_t>());
  return text;
}

void print_pools(const std::vector<Json>& pools) {
  std::vector<terminal::Column> columns = {{""}};
  for (const Json& own : pools)
    columns.push_back({own.at("name").get<std::string>(), Align::right});
  terminal::Table table(columns);
  const auto add = [&](const std::string& title, auto&& cell) {
    std::vector<std::string> cells = {title};
    for (const Json& own : pools) cells.push_back(cell(own));
    table.add(cells);
  };
  add("kind", [](const Json& own) { return own.at("kind").get<std::string>(); });
  add("solutions", [](const Json& own) { return number(own.at("entries")); });
  add("problems", [](const Json& own) { return number(own.at("problems")); });
  add("problems without one", [](const Json& own) { return number(own.at("problems_without")); });
  add("solutions a problem, mean",
      [](const Json& own) { return number(own.at("per_problem").at("mean")); });
  add("quality (mean reward)", [](const Json& own) { return number(own.at("quality")); });
  add("outcomes", [](const Json& own) { return counts(own.at("outcomes")); });
  add("distinct solutions", [](const Json& own) { return number(own.at("distinct")); });
  add("distinct, share", [](const Json& own) { return number(own.at("distinct_share")); });
  add("distinct answers", [](const Json& own) { return number(own.at("distinct_answers")); });
  add("ended by themselves, share", [](const Json& own) { return number(own.at("ended")); });
  add("bytes, median", [](const Json& own) { return number(own.at("bytes").at("median")); });
  add("bytes, 10 to 90 %", [](const Json& own) {
    return number(own.at("bytes").at("p10")) + " to " + number(own.at("bytes").at("p90"));
  });
  add("sources", [](const Json& own) { return counts(own.at("sources")); });
  add("teachers", [](const Json& own) { return counts(own.at("teachers")); });
  add("styles", [](const Json& own) { return counts(own.at("styles")); });
  fmt::print("{}", table.text());
}

void print_comparison(const Json& own) {
  fmt::print(
      "\ntrajectory quality TQ {}, coverage SACo {} by solutions and {} by answers, at {} "
      "solutions each\n",
      own.at("tq").is_null() ? "undefined (the reference's quality is 0)" : number(own.at("tq")),
      number(own.at("saco")), number(own.at("saco_answers")), own.at("size").get<int64_t>());
}

void print_gap(const Json& gap, bool reference) {
  fmt::print("under the policy: {} nats a token, perplexity {}\n",
             number(gap.at("logprob_per_token")), number(gap.at("perplexity")));
  if (!reference) return;
  if (!gap.contains("gap"))
    return fmt::print("no gap: no problem has a solution here and a right one in the reference\n");
  fmt::print("gap to the reference's right solutions: {} nats a token", number(gap.at("gap")));
  if (gap.contains("low")) fmt::print(" [{}, {}]", number(gap.at("low")), number(gap.at("high")));
  fmt::print(" over {} problems\n", gap.at("problems").get<int64_t>());
}

sweep::Scored score(const sweep::Pool& pool, const fs::path& policy, const Globals& globals) {
  std::vector<ScoredText> texts;
  for (const sweep::PoolEntry& own : pool.entries)
    texts.push_back({.prompt = own.prompt, .response = own.text, .ended = own.ended});
  TextScores scores = score_texts({policy}, texts, 1.0, globals);
  return {.logprob = std::move(scores.logprob[0]), .tokens = std::move(scores.tokens)};
}

void run(const Options& options, const Globals& globals) {
  sweep::ingest_runs(globals.store, globals.runs_dir);
  std::optional<store::Store> store;
  if (fs::exists(globals.store)) store = store::Store::open(globals.store, store::Mode::read_only);
  const auto load = [&](const std::string& target) {
    return sweep::load_pool(folder_of(target, globals), store ? &*store : nullptr);
  };
  const sweep::Pool pool = load(options.pool);
  std::vector<Json> pools = {sweep::describe_pool(pool)};
  std::optional<sweep::Pool> reference;
  Json document = {{"pool", pools.front()}};
  if (!options.reference.empty()) {
    reference = load(options.reference);
    pools.push_back(sweep::describe_pool(*reference));
    document["reference"] = pools.back();
    document["comparison"] = sweep::compare_pools(pool, *reference);
  }
  if (!options.policy.empty()) {
    const fs::path policy = folder_of(options.policy, globals);
    const sweep::Scored scored = score(pool, policy, globals);
    std::optional<sweep::Scored> own;
    if (reference) own = score(*reference, policy, globals);
    document["gap"] = sweep::demonstration_gap(pool, scored, reference ? &*reference : nullptr,
                                               own ? &*own : nullptr);
  }
  if (globals.json) return print_json(document);
  print_pools(pools);
  if (reference) print_comparison(document.at("comparison"));
  if (document.contains("gap")) print_gap(document.at("gap"), reference.has_value());
}

}  // namespace

Analysis add_analyze_pool(CLI::App& analyze, const Globals& globals) {
  auto options = std::make_shared<Options>();
  CLI::App* app = analyze.add_subcommand(
      "pool", "a pool of solutions: quality, coverage, composition, distance from a policy");
  app->add_option(
         "DATASET|RUN", options->pool,
         "a prepared dataset with demonstrations, a training (its recorded rollouts) or an "
         "evaluation (its stored responses)")
      ->required();
  app->add_option("--reference", options->reference,
                  "another one, that quality and coverage are relative to")
      ->type_name("DATASET|RUN");
  app->add_option(
         "--policy", options->policy,
         "a checkpoint or run that scores the solutions; with --reference also its own right ones")
      ->type_name("CHECKPOINT");
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
