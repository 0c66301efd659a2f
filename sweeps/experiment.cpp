#include "sweeps/experiment.h"

#include <algorithm>
#include <vector>

#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/terminal/text.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
namespace {

bool there(NodeState state) { return state == NodeState::done || state == NodeState::reused; }

std::string training_status(const train::RunSpec& spec, const fs::path& directory,
                            const store::Store* store) {
  const nlohmann::json run = read_run(directory);
  if (run.is_null()) return "-";
  std::string progress;
  const nlohmann::json::json_pointer total("/update/iterations");
  if (store != nullptr)
    if (const auto row = store->run(run.value("uid", ""));
        row && row->iteration >= 0 && spec.config.contains(total))
      progress = fmt::format(" {}/{}", row->iteration, spec.config[total].dump());
  if (process::is_locked(directory)) return "training" + progress;
  if (result_state(directory) == "failed")
    return "failed: " + terminal::shorten(result_reason(directory), 40);
  if (const int64_t paused = paused_after(directory); paused > 0)
    return fmt::format("paused {}", paused);
  return "interrupted" + progress;
}

}  // namespace

void register_experiment(store::Store& store, const ExpandedPlan& expanded,
                         const PoolReport& report) {
  const Plan& plan = expanded.plan;
  store::ExperimentSpec experiment;
  experiment.name = plan.name;
  experiment.kind = plan.kind();
  experiment.spec = {{"question", plan.question},
                     {"setting", plan.setting},
                     {"baseline", plan.baseline},
                     {"metrics", plan.metrics},
                     {"seeds", plan.seeds},
                     {"identity", expanded.identity},
                     {"minimum_effect", plan.minimum_effect ? nlohmann::json(*plan.minimum_effect)
                                                            : nlohmann::json()},
                     {"alpha", plan.alpha},
                     {"allow_diff", plan.allow_diff},
                     {"select", plan.select.empty() ? "last" : plan.select},
                     {"compute_match", plan.compute_match},
                     {"notes", plan.notes}};
  store.register_experiment(experiment);
  for (const PlanCell& cell : expanded.cells) {
    store::VariantSpec variant;
    variant.label = cell.row;
    variant.identity = expanded.graph.specs[cell.train_node].identity;
    if (const RowDeclaration* declared = find_declaration(expanded, cell.row)) {
      variant.role = declared->role;
      variant.toggles = declared->toggles;
    } else if (cell.row == plan.baseline) {
      variant.role = "baseline";
    }
    store.register_variant(plan.name, variant);
    const NodeReport& node = report.nodes[cell.evaluate_node];
    if (there(node.state))
      store.register_cell(plan.name, cell.row, read_run(node.directory).value("uid", ""));
  }
}

std::string cell_status(const ExpandedPlan& plan, const PlanCell& cell, const PoolReport& report,
                        const store::Store* store) {
  const NodeReport& evaluation = report.nodes[cell.evaluate_node];
  const NodeReport& training = report.nodes[cell.train_node];
  if (const int64_t rung = plan.graph.specs[cell.train_node].pause_at;
      rung > 0 && there(training.state))
    return fmt::format("paused {}", rung);
  if (!there(evaluation.state) && !there(training.state))
    return training_status(plan.graph.specs[cell.train_node], training.directory, store);
  const auto early = cell.row == "base" ? std::nullopt : stopped_early(training.directory);
  const std::string stopped = early ? fmt::format(", stopped at {}", early->iteration) : "";
  if (there(evaluation.state)) return "done" + stopped;
  if (process::is_locked(evaluation.directory)) return "evaluating";
  return result_state(evaluation.directory) == "failed"
             ? "failed: " + terminal::shorten(result_reason(evaluation.directory), 40)
             : "trained" + stopped;
}

void ingest_runs(const fs::path& store_file, const fs::path& runs_dir) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(runs_dir, error))
    if (!process::is_temporary_name(entry.path().filename().string()) &&  // being published
        fs::exists(entry.path() / "run.json", error))
      found.push_back(entry.path());
  if (found.empty()) return;
  std::sort(found.begin(), found.end());
  store::Store store = store::Store::open(store_file);
  for (const fs::path& directory : found) store.ingest(directory);
}

}  // namespace rlreason::sweep
