// What a run is before it starts: resolved configuration, identity and the runs whose results it needs.  No LibTorch.
//
// resolve() turns what people type (recipe x setting x seed x changes) into a small graph in topological order:
// prepare (a dataset) -> train (base, sft, rl) -> evaluate.  Equal nodes are one node.  `train`, `evaluate` and `sweep`
// all run such graphs through sweeps/launch.*, so a prerequisite is made once and reused by identity.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rlreason::train {

// Recipe name of a node that only stands for a folder somebody gave: config.path.
inline constexpr const char* kExisting = "existing";

enum class RunKind { prepare, train, evaluate };

struct Producer {
  std::string role;  // "dataset:<source name>", "init", "anchor:<name>:<number>", "checkpoint"
  size_t node = 0;   // index of an earlier spec in the graph
};

struct RunSpec {
  RunKind kind = RunKind::train;
  std::string label;    // human name without seed, e.g. "luffy" or "luffy clip.high=0.3"
  std::string recipe;   // "luffy"; "prepare" and "evaluate" for those kinds
  std::string setting;  // "tiny"
  uint64_t seed = 0;
  nlohmann::json config;    // resolved and complete: prepare -> data::PrepareConfig, train -> train::TrainConfig, evaluate -> eval::EvaluateConfig
  std::string identity;     // sha256 hex of the values that differ from their defaults and of the producers' identities; no seed, names, paths
  std::vector<Producer> producers;
  // Trainings: as far as this graph wants it; 0: to its end.  Not part of what the run is: it goes on from there later.
  int64_t pause_at = 0;
  // Directory name inside the runs folder: "<recipe>-<setting>-s<seed>-<first 8 of sha256(identity, seed)>".
  std::string directory() const;
};

struct Graph {
  std::vector<RunSpec> specs;
  // Returns the index of an equal spec (kind, identity, seed) when there is one.  REQUIRES: these three do not change in
  // specs that are there.
  size_t add(RunSpec spec);

 private:
  std::unordered_multimap<std::string, size_t> numbers_;  // by identity, of the first specs
};

struct TrainRequest {
  std::string recipe;            // name or file
  std::string setting = "tiny";  // name or file
  uint64_t seed = 0;
  std::vector<std::string> sets;  // "a.b=c"
  std::string init;               // "", a checkpoint folder or a run directory: overrides the setting's
  std::string label;              // default: recipe name and the sets
};

// Adds everything the request needs and returns the index of its own node.  UserError where something does not resolve.
size_t resolve_train(Graph& graph, const TrainRequest& request);

struct EvaluateRequest {
  std::vector<std::string> suites;  // names or files; empty: the setting's
  std::optional<int64_t> samples;
  std::vector<std::string> sets;
  uint64_t seed = 0;
  int64_t threads = 1;
};
// Evaluation of the checkpoint a graph node produces (`train_node`), or of an existing checkpoint folder.
size_t resolve_evaluate(Graph& graph, size_t train_node, const EvaluateRequest& request);
size_t resolve_evaluate_checkpoint(Graph& graph, const std::string& checkpoint, const EvaluateRequest& request);
// The checkpoint that initialises a run (its `init` producer), for the row "base" of tables.  Nothing when it starts from random weights.
std::optional<size_t> init_node(const Graph& graph, size_t train_node);

}  // namespace rlreason::train
