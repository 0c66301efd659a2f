#include "sweeps/top_up.h"

#include <algorithm>

#include "core/error.h"
#include "core/store/invalidations.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;

namespace {

fs::path normal(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

// Does the run's checkpoint lie in this folder?
bool of_checkpoint(const store::Store& store, const store::RunRow& row, const fs::path& folder) {
  for (const store::ProducerRow& producer : store.detail(row.uid).producers)
    if (producer.role == "checkpoint" && normal(store::made_in(row, producer)) == folder)
      return true;
  return false;
}

}  // namespace

std::vector<fs::path> earlier_evaluations(const store::Store& store, const train::Graph& graph,
                                          size_t node, const LaunchOptions& options) {
  const train::RunSpec& spec = graph.specs.at(node);
  RLR_ENSURE(!spec.producers.empty(), "an evaluation without a checkpoint");
  const train::RunSpec& checkpoint = graph.specs.at(spec.producers.front().node);
  const fs::path folder = normal(options.runs_dir / checkpoint.directory());
  const fs::path own = normal(run_directory(spec, options));
  store::RunFilter filter;
  filter.kind = "evaluate";
  filter.produced_by = checkpoint.identity;
  const auto invalid = store::invalid_runs(store);
  std::vector<fs::path> found;
  for (const store::RunRow& row : store.runs(filter)) {
    if (invalid.contains(row.uid)) continue;
    const nlohmann::json config = store.detail(row.uid).config;
    const bool same_seed =
        config.is_object() && config.contains("seed") && config["seed"] == spec.config.at("seed");
    std::error_code error;
    if (same_seed && normal(row.directory) != own && fs::exists(row.directory, error) &&
        of_checkpoint(store, row, folder))
      found.emplace_back(row.directory);
  }
  std::reverse(found.begin(), found.end());  // the store answers newest first
  return found;
}

}  // namespace rlreason::sweep
