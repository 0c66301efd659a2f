#include "sweeps/analysis/frontier.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"
#include "evaluators/intervals.h"
#include "evaluators/metrics.h"
#include "evaluators/stored_texts.h"

namespace rlreason::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Why this evaluation's responses are no samples of the whole distribution; empty when they are.
std::string unfit(const EvalPoint& point) {
  const json& protocol = point.facts.row.protocol;
  if (point.facts.row.texts.empty())
    return "its responses were not kept (evaluations while training keep none)";
  for (const char* name : {"top_p", "top_k", "min_p"})
    if (protocol.contains(name)) return fmt::format("it was drawn with {}", name);
  if (protocol.value("scoring", "generate") != "generate") return "it was scored by likelihood";
  if (protocol.value("temperature", 1.0) <= 0) return "it was decoded greedily";
  return "";
}

std::vector<FrontierSample> samples_of(const EvalPoint& point, int64_t limit) {
  std::map<std::pair<std::string, int64_t>, const store::SampleFact*> known;
  for (const store::ItemFact& item : point.facts.items)
    for (const store::SampleFact& sample : item.samples) known[{item.id, sample.sample}] = &sample;
  std::map<std::pair<std::string, int64_t>, FrontierSample> all;
  for (const std::string& file : point.facts.row.texts)
    eval::for_each_text(fs::path(point.run.directory) / file, [&](eval::StoredText text) {
      const auto fact = known.find({text.id, text.sample});
      if (fact == known.end() || text.prompt.empty()) return;
      const bool ended = fact->second->finish == "eos";
      if (text.text.empty() && !ended) return;  // nothing was written
      all[fact->first] = {.item = text.id,
                          .prompt = std::move(text.prompt),
                          .text = std::move(text.text),
                          .ended = ended,
                          .right = fact->second->outcome == "right"};
    });
  std::vector<FrontierSample> samples;
  size_t number = 0;
  for (auto& [key, sample] : all) {
    const size_t before = number * static_cast<size_t>(limit) / all.size();
    ++number;
    if (number * static_cast<size_t>(limit) / all.size() > before ||
        all.size() <= static_cast<size_t>(limit))
      samples.push_back(std::move(sample));
  }
  return samples;
}

fs::path checkpoint_of(const EvalPoint& point) { return fs::path(point.facts.row.key.checkpoint); }

std::vector<BestOf> best_of_first(const EvalPoint& first) {
  const std::vector<eval::ItemResults> items = eval::item_results(first.facts);
  std::vector<BestOf> out;
  for (const int64_t n : eval::curve_ks(eval::sample_rates(items).min_samples))
    out.push_back({.n = static_cast<double>(n),
                   .kl = best_of_kl(static_cast<double>(n)),
                   .reward = eval::pass_at_k(items, n)});
  return out;
}

std::string only_suite(const std::map<std::string, std::vector<EvalPoint>>& curves,
                       const std::string& asked, const std::string& run) {
  if (!asked.empty()) return asked;
  if (curves.size() == 1) return curves.begin()->first;
  std::string names;
  for (const auto& [name, curve] : curves) names += (names.empty() ? "" : ", ") + name;
  throw UserError("analyze frontier: required --suite, {} has {}", run,
                  names.empty() ? "no evaluation; run 'rlreason evaluate RUN --every-checkpoint'"
                                : "evaluations of " + names);
}

}  // namespace

double best_of_kl(double n) { return std::log(n) - (n - 1) / n; }

double best_of_n(double kl) {
  double low = 0, high = 1;  // of log N
  while (best_of_kl(std::exp(high)) < kl) high *= 2;
  for (int round = 0; round < 200 && high - low > 1e-14 * high; ++round) {
    const double middle = (low + high) / 2;
    (best_of_kl(std::exp(middle)) < kl ? low : high) = middle;
  }
  return std::exp((low + high) / 2);
}

Frontier gather_frontier(const store::Store& store, const std::vector<store::RunRow>& trainings,
                         const std::string& suite, int64_t samples) {
  Frontier frontier;
  frontier.suite = suite;
  for (const store::RunRow& training : trainings) {
    const auto init = init_path(store, training);
    if (!init)
      throw UserError(
          "{}: required a training that began from a checkpoint, this one began from random "
          "weights, which give every response the same small chance",
          training.name);
    const auto curves = eval_points(store, training, suite);
    frontier.suite = only_suite(curves, frontier.suite, training.name);
    const auto curve = curves.find(frontier.suite);
    if (curve == curves.end()) continue;
    for (const EvalPoint& point : curve->second) {
      const std::string name = fmt::format("{} iteration {}", training.name, point.iteration);
      if (point.iteration == 0) {
        if (frontier.best_of.empty()) frontier.best_of = best_of_first(point);
        continue;
      }
      std::string why = unfit(point);
      if (why.empty() && !fs::exists(checkpoint_of(point)))
        why = "its checkpoint " + checkpoint_of(point).string() + " is no longer there";
      if (!why.empty()) {
        frontier.left_out.push_back(name + ": " + why);
        continue;
      }
      const auto items = eval::item_results(point.facts);
      const eval::Interval reward = eval::mean_interval(items);
      frontier.points.push_back({.run = training.name,
                                 .iteration = point.iteration,
                                 .suite = frontier.suite,
                                 .reward = reward.value,
                                 .reward_standard_error = reward.standard_error,
                                 .temperature = point.facts.row.protocol.value("temperature", 1.0),
                                 .checkpoint = checkpoint_of(point),
                                 .reference = *init,
                                 .samples = samples_of(point, samples)});
    }
  }
  if (frontier.points.empty())
    throw UserError(
        "analyze frontier: required evaluations of checkpoints with their responses, found none{}; "
        "run 'rlreason evaluate RUN --every-checkpoint'",
        frontier.left_out.empty() ? "" : " (" + frontier.left_out.front() + ")");
  return frontier;
}

void add_scores(FrontierPoint& point, const std::vector<double>& logprob,
                const std::vector<double>& reference, const std::vector<int64_t>& tokens) {
  std::map<std::string, std::pair<double, double>> by_item;  // sum, samples
  double sum = 0, length = 0;
  for (size_t i = 0; i < point.samples.size(); ++i) {
    const double own = logprob[i] - reference[i];
    auto& [total, count] = by_item[point.samples[i].item];
    total += own, count += 1;
    sum += own;
    length += static_cast<double>(tokens[i]);
  }
  const auto n = static_cast<double>(point.samples.size());
  point.scored = static_cast<int64_t>(point.samples.size());
  point.kl = sum / n;
  point.kl_per_token = sum / length;
  // Problems as the unit: residuals of their sums, so that unequal sample counts weigh as they do in the mean.
  const auto items = static_cast<double>(by_item.size());
  double squares = 0;
  for (const auto& [item, own] : by_item) squares += std::pow(own.first - own.second * point.kl, 2);
  point.kl_standard_error = items > 1 ? std::sqrt(squares * items / (items - 1)) / n
                                      : std::numeric_limits<double>::quiet_NaN();
}

json to_json(const Frontier& frontier) {
  json out = {{"suite", frontier.suite},
              {"points", json::array()},
              {"best_of", json::array()},
              {"left_out", frontier.left_out}};
  const auto number = [](double value) { return std::isfinite(value) ? json(value) : json(); };
  for (const FrontierPoint& own : frontier.points)
    out["points"].push_back({{"run", own.run},
                             {"iteration", own.iteration},
                             {"reward", own.reward},
                             {"reward_standard_error", number(own.reward_standard_error)},
                             {"temperature", own.temperature},
                             {"kl", own.kl},
                             {"kl_standard_error", number(own.kl_standard_error)},
                             {"kl_per_token", own.kl_per_token},
                             {"responses", own.scored},
                             {"best_of_n_at_this_kl", best_of_n(std::max(0.0, own.kl))},
                             {"checkpoint", own.checkpoint.string()},
                             {"reference", own.reference.string()}});
  for (const BestOf& own : frontier.best_of)
    out["best_of"].push_back({{"n", own.n}, {"kl", own.kl}, {"reward", own.reward}});
  return out;
}

}  // namespace rlreason::sweep
