// rlreason show RUN: a run's configuration, attempts, evaluations and curves; with --iteration its rollouts.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "cli/commands/show_rollouts.h"
#include "core/config/parse.h"
#include "core/error.h"
#include "core/store/store.h"
#include "core/terminal/sparkline.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"
#include "datasets/prepare.h"
#include "evaluators/evaluate_config.h"
#include "evaluators/intervals.h"
#include "evaluators/majority.h"
#include "sweeps/run_files.h"
#include "trainers/catalog/train_config.h"

namespace rlreason::cli {
namespace {

using nlohmann::json;
using terminal::Align;

constexpr size_t kCurveWidth = 40;

struct Options {
  std::string run;
  int64_t iteration = -1;
};

// JSON has no NaN: a value that is not finite is null.
json finite(double value) { return std::isfinite(value) ? json(value) : json(); }

void print_document(const json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

std::string date(int64_t ms) {
  if (ms <= 0) return "";
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32] = "";
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text;
}

// --- configuration ---

void collect_paths(const json& value, const std::string& path, std::set<std::string>& paths) {
  if (value.is_structured() && !value.empty()) {
    size_t index = 0;
    for (const auto& [key, child] : value.items()) {
      const std::string part = value.is_array() ? std::to_string(index++) : key;
      collect_paths(child, path.empty() ? part : fmt::format("{}.{}", path, part), paths);
    }
  } else if (!path.empty()) {
    paths.insert(path);
  }
}

template <class Config>
json changed_values(const json& config) {
  return config::non_defaults(config::parse<Config>(config::from_json(config)));
}

// Dotted paths whose values differ from the declared defaults; of a run of another version, all of them.
std::set<std::string> changed_paths(const store::RunDetail& detail) {
  json changed = detail.config;
  try {
    if (detail.row.kind == "train") changed = changed_values<train::TrainConfig>(detail.config);
    if (detail.row.kind == "prepare") changed = changed_values<data::PrepareConfig>(detail.config);
    if (detail.row.kind == "evaluate")
      changed = changed_values<eval::EvaluateConfig>(detail.config);
  } catch (const UserError&) {
  }
  std::set<std::string> paths;
  collect_paths(changed, "", paths);
  return paths;
}

void print_params(const store::RunDetail& detail) {
  const auto changed = changed_paths(detail);
  for (const bool wanted : {true, false}) {
    terminal::Table table({{wanted ? "set here" : "default"}, {"value", Align::left, 80}});
    for (const auto& param : detail.params)
      if (changed.contains(param.path) == wanted) table.add({param.path, scalar(param.value)});
    if (table.rows() > 0) fmt::print("\n{}", table.text());
  }
}

// --- evaluations ---

struct Score {
  store::EvalRow row;
  eval::Interval mean;
  eval::SampleRates rates;
  double pass = 0, majority = 0;  // at the least number of samples an item has
};

std::vector<Score> scores(const store::Store& store, const std::string& uid) {
  std::vector<Score> result;
  for (const auto& facts : store.all_facts(uid)) {
    const auto items = eval::item_results(facts);
    if (items.empty()) continue;
    Score score{.row = facts.row,
                .mean = eval::mean_interval(items),
                .rates = eval::sample_rates(items),
                .pass = 0,
                .majority = 0};
    score.pass = eval::pass_at_k(items, score.rates.min_samples);
    score.majority = eval::maj_at_k(items, score.rates.min_samples);
    result.push_back(std::move(score));
  }
  return result;
}

json to_json(const Score& score) {
  return {{"suite", score.row.key.suite},
          {"iteration", score.row.key.iteration},
          {"checkpoint", score.row.key.checkpoint},
          {"protocol", score.row.protocol},
          {"items", score.rates.items},
          {"samples", score.rates.samples},
          {"k", score.rates.min_samples},
          {"mean_at_k", score.mean.value},
          {"interval", {score.mean.low, score.mean.high}},
          {"pass_at_k", score.pass},
          {"maj_at_k", score.majority},
          {"unscored", score.rates.unscored},
          {"truncation_rate", score.rates.truncation_rate},
          {"mean_length", score.rates.mean_length},
          {"probes", score.row.probes}};
}

void print_scores(const std::vector<Score>& all) {
  if (all.empty()) return;
  terminal::Table table({{"suite"},
                         {"iteration", Align::right},
                         {"items", Align::right},
                         {"k", Align::right},
                         {"avg@k", Align::right},
                         {"95 %"},
                         {"pass@k", Align::right},
                         {"maj@k", Align::right},
                         {"unscored", Align::right},
                         {"cut off", Align::right},
                         {"length", Align::right}});
  for (const auto& score : all)
    table.add({score.row.key.suite, std::to_string(score.row.key.iteration),
               std::to_string(score.rates.items), std::to_string(score.rates.min_samples),
               fmt::format("{:.3f}", score.mean.value),
               fmt::format("{:.3f} to {:.3f}", score.mean.low, score.mean.high),
               fmt::format("{:.3f}", score.pass), fmt::format("{:.3f}", score.majority),
               std::to_string(score.rates.unscored),
               fmt::format("{:.1f} %", 100 * score.rates.truncation_rate),
               terminal::format_number(score.rates.mean_length)});
  fmt::print("\n{}", table.text());
}

// --- the run ---

void print_head(const store::RunDetail& detail) {
  const auto& row = detail.row;
  const auto line = [](std::string_view what, const std::string& value) {
    if (!value.empty()) fmt::print("{:<10}  {}\n", what, terminal::clean(value));
  };
  line("run", row.name.empty() ? row.uid : fmt::format("{} ({})", row.name, row.uid));
  line("state", row.reason.empty()
                    ? store::to_string(row.state)
                    : fmt::format("{}: {}", store::to_string(row.state), row.reason));
  line("what", fmt::format("{} {} on {}, seed {}", row.kind, row.recipe, row.setting, row.seed));
  line("directory", row.directory);
  line("identity", row.identity);
  line("build", detail.build);
  line("started", date(row.started_ms));
  if (row.ended_ms > 0 && row.started_ms > 0)
    line("took",
         terminal::format_duration(static_cast<double>(row.ended_ms - row.started_ms) / 1000.0));
  for (const auto& producer : detail.producers)
    line(producer.role, producer.path.empty() ? producer.identity : producer.path);
}

void print_attempts(const store::RunDetail& detail) {
  terminal::Table attempts({{"attempt", Align::right},
                            {"state"},
                            {"iterations"},
                            {"host"},
                            {"pid", Align::right},
                            {"started"},
                            {"reason", Align::left, 60}});
  for (const auto& a : detail.attempts)
    attempts.add(
        {std::to_string(a.n), store::to_string(a.state),
         a.end_iteration < 0 ? "" : fmt::format("{} to {}", a.start_iteration, a.end_iteration),
         a.host, std::to_string(a.pid), date(a.started_ms), a.reason});
  if (attempts.rows() > 0) fmt::print("\n{}", attempts.text());
  terminal::Table checkpoints(
      {{"checkpoint"}, {"iteration", Align::right}, {"size", Align::right}, {"kept because"}});
  const auto model = sweep::model_iteration(detail);
  for (const auto& c : detail.checkpoints)
    checkpoints.add({c.path, std::to_string(c.iteration),
                     terminal::format_bytes(static_cast<uint64_t>(c.bytes)),
                     c.kept_because + (model == c.iteration ? ", the run's model" : "")});
  if (checkpoints.rows() > 0) fmt::print("\n{}", checkpoints.text());
}

void print_curves(const store::Store& store, const store::RunDetail& detail) {
  const auto curves = store.curves(detail.row.uid);
  terminal::Table table({{"metric"},
                         {"curve"},
                         {"last", Align::right},
                         {"min", Align::right},
                         {"max", Align::right},
                         {"not finite", Align::right}});
  size_t bins = 0;
  for (const auto& metric : detail.metrics) {
    if (metric.metric.find("_hist_") != std::string::npos) {
      ++bins;
      continue;
    }
    std::vector<double> values;
    if (const auto it = curves.find(metric.metric); it != curves.end())
      for (const auto& point : it->second) values.push_back(point.value);
    table.add({metric.metric, terminal::sparkline(values, kCurveWidth),
               terminal::format_number(metric.last), terminal::format_number(metric.min),
               terminal::format_number(metric.max),
               metric.n_nonfinite == 0 ? "" : std::to_string(metric.n_nonfinite)});
  }
  if (table.rows() > 0) fmt::print("\n{}", table.text());
  if (bins > 0) fmt::print("and {} bins of histograms, see --json\n", bins);
}

void print_damage(const store::RunDetail& detail) {
  for (const auto& event : detail.events)
    if (event.kind == "damage" || event.kind.starts_with("malformed_"))
      fmt::print("\nthe run log is damaged ({}): {}\n", terminal::clean(event.kind),
                 terminal::clean(terminal::shorten(scalar(event.payload), 200)));
}

void print_probes(const std::vector<Score>& all) {
  terminal::Table table(
      {{"suite"}, {"iteration", Align::right}, {"probe"}, {"value", Align::right}});
  for (const auto& score : all)
    for (const auto& [name, value] : score.row.probes)
      table.add({score.row.key.suite, std::to_string(score.row.key.iteration), name,
                 terminal::format_number(value)});
  if (table.rows() > 0) fmt::print("\n{}", table.text());
}

json to_json(const store::RunDetail& d, const std::vector<Score>& all, const store::Store& store) {
  json document = {{"uid", d.row.uid},           {"name", d.row.name},
                   {"kind", d.row.kind},         {"recipe", d.row.recipe},
                   {"setting", d.row.setting},   {"seed", d.row.seed},
                   {"identity", d.row.identity}, {"state", store::to_string(d.row.state)},
                   {"reason", d.row.reason},     {"directory", d.row.directory},
                   {"build", d.build},           {"config", d.config},
                   {"changed", changed_paths(d)}};
  for (const char* list : {"producers", "attempts", "checkpoints", "evaluations"})
    document[list] = json::array();
  for (const auto& p : d.producers)
    document["producers"].push_back({{"role", p.role}, {"identity", p.identity}, {"path", p.path}});
  for (const auto& a : d.attempts)
    document["attempts"].push_back({{"uid", a.uid},
                                    {"state", store::to_string(a.state)},
                                    {"exit_code", a.exit_code ? json(*a.exit_code) : json()},
                                    {"reason", a.reason},
                                    {"start_iteration", a.start_iteration},
                                    {"end_iteration", a.end_iteration},
                                    {"host", a.host},
                                    {"pid", a.pid}});
  const auto model = sweep::model_iteration(d);
  for (const auto& c : d.checkpoints)
    document["checkpoints"].push_back({{"iteration", c.iteration},
                                       {"path", c.path},
                                       {"digest", c.digest},
                                       {"bytes", c.bytes},
                                       {"kept_because", c.kept_because},
                                       {"model", model == c.iteration}});
  if (const auto early = sweep::stopped_early(d))
    document["stopped"] = {
        {"rule", early->rule}, {"iteration", early->iteration}, {"sentence", early->sentence}};
  for (const auto& score : all) document["evaluations"].push_back(to_json(score));
  document["curves"] = json::object();
  for (const auto& [name, curve] : store.curves(d.row.uid)) {
    json points = json::array();
    for (const auto& point : curve) points.push_back({point.iteration, finite(point.value)});
    document["curves"][name] = points;
  }
  return document;
}

void show_run(const store::Store& store, const std::string& uid, bool as_json) {
  const auto detail = store.detail(uid);
  const auto all = scores(store, uid);
  if (as_json) return print_document(to_json(detail, all, store));
  print_head(detail);
  print_params(detail);
  print_attempts(detail);
  print_scores(all);
  print_probes(all);
  print_curves(store, detail);
  print_damage(detail);
}

void show(const Options& options, const Globals& globals) {
  // A directory may hold a run that this store has not seen.
  const bool directory = std::filesystem::exists(std::filesystem::path(options.run) / "run.json");
  auto store =
      directory ? store::Store::open(globals.store) : store::open_up_to_date(globals.store);
  const std::string uid =
      directory ? store.ingest(options.run).run_uid : store.find_run(options.run).uid;
  if (options.iteration < 0) return show_run(store, uid, globals.json);
  const json rows = rollout_rows(store.run(uid)->directory, options.iteration);
  if (globals.json)
    print_document({{"uid", uid}, {"iteration", options.iteration}, {"rollouts", rows}});
  else
    print_rollouts(rows);
}

const Register kEntry{
    "show", "show a run: configuration, curves, evaluations, rollouts",
    [](CLI::App& app, const Globals& globals) -> Run {
      auto options = std::make_shared<Options>();
      app.add_option("RUN", options->run, "a run's name, directory or uid, or a beginning of these")
          ->required();
      app.add_option("--iteration", options->iteration,
                     "the rollouts of this iteration, with verdicts and advantages; -1 is none")
          ->check(CLI::Range(int64_t{-1}, INT64_MAX));
      return [options, &globals] { show(*options, globals); };
    }};

}  // namespace
}  // namespace rlreason::cli
