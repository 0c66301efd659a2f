#include "sweeps/pool/readiness.h"

#include <algorithm>

namespace rlreason::sweep {
namespace {

bool finished(NodeState state) { return state == NodeState::done || state == NodeState::reused; }
bool lost(NodeState state) { return state == NodeState::failed || state == NodeState::skipped; }

}  // namespace

bool is_ready(const train::Graph& graph, const PoolOptions& options, const PoolReport& report,
              size_t node) {
  if (report.nodes[node].state != NodeState::todo) return false;
  if (!options.wanted.empty() && !options.wanted[node]) return false;
  return std::all_of(
      graph.specs[node].producers.begin(), graph.specs[node].producers.end(),
      [&](const train::Producer& p) { return finished(report.nodes[p.node].state); });
}

bool any_ready(const train::Graph& graph, const PoolOptions& options, const PoolReport& report) {
  for (size_t i = 0; i < graph.specs.size(); ++i)
    if (is_ready(graph, options, report, i)) return true;
  return false;
}

void skip_lost(const train::Graph& graph, PoolReport& report) {
  for (size_t i = 0; i < graph.specs.size(); ++i) {
    if (report.nodes[i].state != NodeState::todo) continue;
    for (const train::Producer& producer : graph.specs[i].producers) {
      if (!lost(report.nodes[producer.node].state)) continue;
      report.nodes[i].state = NodeState::skipped;
      report.nodes[i].sentence = "needs " + graph.specs[producer.node].directory();
      break;
    }
  }
}

}  // namespace rlreason::sweep
