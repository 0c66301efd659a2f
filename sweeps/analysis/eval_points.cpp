#include "sweeps/analysis/eval_points.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "evaluators/suite.h"

namespace rlreason::sweep {
namespace {

namespace fs = std::filesystem;
using store::RunRow;
using store::Store;

bool is_in(const fs::path& folder, const fs::path& parent) {
  const auto [end, ignored] =
      std::mismatch(parent.begin(), parent.end(), folder.begin(), folder.end());
  return end == parent.end();
}

std::vector<EvalPoint> facts_of(const Store& store, const RunRow& run) {
  std::vector<EvalPoint> points;
  for (store::EvalFacts& facts : store.all_facts(run.uid))
    points.push_back({.iteration = facts.row.key.iteration, .run = run, .facts = std::move(facts)});
  return points;
}

// An evaluation of a checkpoint says which one by its path.
void add_checkpoints(const Store& store, const RunRow& training,
                     const std::optional<fs::path>& init, std::vector<EvalPoint>& points) {
  store::RunFilter filter;
  filter.kind = "evaluate";
  filter.state = store::RunState::done;
  const fs::path own = fs::path(training.directory).lexically_normal();
  for (const RunRow& row : store.runs(filter))
    for (const store::ProducerRow& producer : store.detail(row.uid).producers) {
      if (producer.role != "checkpoint") continue;
      const fs::path from = store::made_in(row, producer);
      const bool ours = is_in(from, own), first = init && from == *init;
      if (!ours && !first) continue;
      for (EvalPoint& point : facts_of(store, row)) {
        const auto named = iteration_of(from);
        const auto written = iteration_of(point.facts.row.key.checkpoint);
        if (ours && !named && !written) continue;  // which checkpoint it was is not known
        point.iteration = first ? 0 : named.value_or(written.value_or(0));
        points.push_back(std::move(point));
      }
    }
}

}  // namespace

std::optional<int64_t> iteration_of(const fs::path& checkpoint) {
  const std::string name = checkpoint.filename().string();
  constexpr std::string_view kPrefix = "step-";
  int64_t iteration = 0;
  if (!name.starts_with(kPrefix)) return {};
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, iteration);
  if (error != std::errc() || stop != end) return {};
  return iteration;
}

std::optional<fs::path> init_path(const Store& store, const RunRow& training) {
  for (const store::ProducerRow& producer : store.detail(training.uid).producers)
    if (producer.role == "init") return store::made_in(training, producer);
  return {};
}

std::map<std::string, std::vector<EvalPoint>> eval_points(const Store& store,
                                                          const RunRow& training,
                                                          const std::string& suite) {
  if (training.kind != "train")
    throw UserError("{}: required a training, this run is of kind {}", training.name,
                    training.kind);
  std::vector<EvalPoint> all = facts_of(store, training);
  add_checkpoints(store, training, init_path(store, training), all);
  std::map<std::string, std::map<std::string, std::map<int64_t, EvalPoint>>> curves;
  for (EvalPoint& point : all) {
    const store::EvalKey& key = point.facts.row.key;
    if (!suite.empty() && key.suite != suite) continue;
    EvalPoint& known =
        curves[key.suite][eval::protocol_but_samples(point.facts.row.protocol)][point.iteration];
    if (known.facts.items.size() <= point.facts.items.size()) known = std::move(point);
  }
  std::map<std::string, std::vector<EvalPoint>> chosen;
  for (auto& [name, protocols] : curves) {
    const auto rank = [](const std::map<int64_t, EvalPoint>& curve) {
      int64_t newest = 0;
      for (const auto& [iteration, point] : curve) newest = std::max(newest, point.run.created_ms);
      return std::pair(curve.size(), newest);
    };
    auto best = protocols.begin();
    for (auto own = protocols.begin(); own != protocols.end(); ++own)
      if (rank(own->second) > rank(best->second)) best = own;
    for (auto& [iteration, point] : best->second) chosen[name].push_back(std::move(point));
  }
  return chosen;
}

}  // namespace rlreason::sweep
