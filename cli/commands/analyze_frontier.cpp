// rlreason analyze frontier RUN…: reward against KL to the first weights, and best-of-N (sweeps/analysis/frontier.h).
#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands/analyze.h"
#include "cli/commands/score_texts.h"
#include "core/store/store.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "sweeps/analysis/frontier.h"
#include "sweeps/experiment.h"

namespace rlreason::cli {
namespace {

using terminal::Align;

struct Options {
  std::vector<std::string> runs;
  std::string suite;
  int64_t responses = 1024;
};

void score(sweep::FrontierPoint& point, const Globals& globals) {
  std::vector<ScoredText> texts;
  for (const sweep::FrontierSample& own : point.samples)
    texts.push_back({.prompt = own.prompt, .response = own.text, .ended = own.ended});
  const TextScores scores =
      score_texts({point.checkpoint, point.reference}, texts, point.temperature, globals);
  sweep::add_scores(point, scores.logprob[0], scores.logprob[1], scores.tokens);
}

std::string number(double value) { return terminal::format_number(value, 3); }
std::string with_error(double value, double error) {
  return std::isfinite(error) ? fmt::format("{} ± {}", number(value), number(error))
                              : number(value);
}

// Between the measured N; empty beyond them.
std::string best_of_reward(const std::vector<sweep::BestOf>& best_of, double n) {
  for (size_t i = 1; i < best_of.size(); ++i)
    if (n <= best_of[i].n) {
      const double share = (n - best_of[i - 1].n) / (best_of[i].n - best_of[i - 1].n);
      return number(best_of[i - 1].reward + share * (best_of[i].reward - best_of[i - 1].reward));
    }
  return "";
}

void print(const sweep::Frontier& frontier) {
  terminal::Table table({{"run"},
                         {"iteration", Align::right},
                         {"reward", Align::right},
                         {"KL a response", Align::right},
                         {"KL a token", Align::right},
                         {"responses", Align::right},
                         {"best of N there", Align::right},
                         {"its reward", Align::right}});
  for (const sweep::FrontierPoint& own : frontier.points) {
    const double n = sweep::best_of_n(std::max(0.0, own.kl));
    table.add({own.run, std::to_string(own.iteration),
               with_error(own.reward, own.reward_standard_error),
               with_error(own.kl, own.kl_standard_error), number(own.kl_per_token),
               std::to_string(own.scored), number(n), best_of_reward(frontier.best_of, n)});
  }
  fmt::print("{}: KL to the first weights in nats, ± one standard error\n\n{}",
             terminal::clean(frontier.suite), table.text());
  if (!frontier.best_of.empty()) {
    terminal::Table best(
        {{"best of", Align::right}, {"KL at most", Align::right}, {"reward", Align::right}});
    for (const sweep::BestOf& own : frontier.best_of)
      best.add({number(own.n), number(own.kl), number(own.reward)});
    fmt::print("\nthe first weights, best of N by the verifier\n\n{}", best.text());
  } else {
    fmt::print("\nno best-of-N: the first weights were not evaluated on this suite\n");
  }
  for (const std::string& own : frontier.left_out)
    fmt::print("left out: {}\n", terminal::clean(own));
}

void run(const Options& options, const Globals& globals) {
  sweep::ingest_runs(globals.store, globals.runs_dir);
  const store::Store store = store::Store::open(globals.store, store::Mode::read_only);
  std::vector<store::RunRow> trainings;
  for (const std::string& name : options.runs) trainings.push_back(store.find_run(name));
  sweep::Frontier frontier =
      sweep::gather_frontier(store, trainings, options.suite, options.responses);
  for (sweep::FrontierPoint& point : frontier.points) score(point, globals);
  if (globals.json) return print_json(sweep::to_json(frontier));
  print(frontier);
}

}  // namespace

Analysis add_analyze_frontier(CLI::App& analyze, const Globals& globals) {
  auto options = std::make_shared<Options>();
  CLI::App* app = analyze.add_subcommand(
      "frontier", "reward against KL to the first weights, beside best-of-N of those");
  app->add_option("RUN", options->runs,
                  "trainings whose checkpoints were evaluated (evaluate RUN --every-checkpoint)")
      ->required();
  app->add_option("--suite", options->suite, "the suite; needed where there are several");
  app->add_option("--responses", options->responses,
                  "stored responses scored of each checkpoint, evenly spread")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 24));
  return {app, [options, &globals] { run(*options, globals); }};
}

}  // namespace rlreason::cli
