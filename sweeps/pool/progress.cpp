#include "sweeps/pool/progress.h"

#include "core/runlog/frame.h"
#include "core/terminal/progress.h"
#include "core/terminal/text.h"
#include "sweeps/live.h"

namespace rlreason::sweep {
namespace {

std::string short_name(const train::RunSpec& spec) {
  const std::string& name = spec.label.empty() ? spec.recipe : spec.label;
  const char* mark = spec.kind == train::RunKind::evaluate ? " eval" : "";
  return fmt::format("{}{} s{}", name, mark, spec.seed);
}

std::string progress_of(const train::RunSpec& spec, const LiveStep& live) {
  std::string text = short_name(spec);
  if (live.evaluation.is_object()) return text + " " + describe_evaluation(live.evaluation);
  if (live.iteration < 0) return text;
  const nlohmann::json::json_pointer total("/update/iterations");
  text += fmt::format(" {}", live.iteration);
  if (spec.config.is_object() && spec.config.contains(total) &&
      spec.config[total].is_number_integer())
    text += fmt::format("/{}", spec.config[total].get<int64_t>());
  if (const auto reward = live.values.find("rollout/reward"); reward != live.values.end())
    text += fmt::format(" reward {:.2f}", runlog::to_double(*reward));
  else if (const auto loss = live.values.find("train/loss"); loss != live.values.end())
    text += fmt::format(" loss {:.3f}", runlog::to_double(*loss));
  return text;
}

}  // namespace

PoolLines::PoolLines(const train::Graph& graph, const PoolOptions& options) : graph_(graph) {
  terminal::ProgressOptions how;
  how.total = graph.specs.size();
  how.start = inspect(graph, options).count(NodeState::reused);
  how.quiet = !options.show_progress;
  progress_ =
      std::make_unique<terminal::Progress>(options.name.empty() ? "sweep" : options.name, how);
}

PoolLines::~PoolLines() = default;

void PoolLines::started(size_t node) { live_[node] = {}; }

void PoolLines::step(size_t node, const LiveStep& step) { live_[node] = step; }

void PoolLines::ended(size_t node) { live_.erase(node); }

void PoolLines::show(const PoolReport& report) {
  const size_t ended = report.count(NodeState::done) + report.count(NodeState::reused) +
                       report.count(NodeState::failed) + report.count(NodeState::skipped);
  progress_->update(ended, line(report));
}

std::string PoolLines::line(const PoolReport& report) const {
  std::string text;
  if (const size_t failed = report.count(NodeState::failed); failed > 0)
    text += fmt::format("{} failed  ", failed);
  for (const auto& [node, live] : live_)
    text += (text.empty() ? "" : "| ") + progress_of(graph_.specs[node], live) + " ";
  return text;
}

void PoolLines::finish(const PoolReport& report) {
  double seconds = 0;
  for (const NodeReport& node : report.nodes) seconds += node.seconds;
  progress_->finish(fmt::format(
      "{} runs made in {} of run time, {} reused, {} failed, {} skipped, {} not started or stopped",
      report.count(NodeState::done), terminal::format_duration(seconds),
      report.count(NodeState::reused), report.count(NodeState::failed),
      report.count(NodeState::skipped), report.count(NodeState::preempted)));
}

}  // namespace rlreason::sweep
