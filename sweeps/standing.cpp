#include "sweeps/standing.h"

#include "core/build_info.h"
#include "core/store/invalidations.h"
#include "core/store/neutral.h"
#include "core/store/provenance.h"
#include "core/terminal/text.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

using Ledger = std::map<std::string, std::vector<std::string>>;  // run uid -> reasons

constexpr size_t kShown = 8;  // runs named in a refusal

std::string invalid_because(const Ledger& ledger, const std::string& uid) {
  const auto found = ledger.find(uid);
  return found == ledger.end() || found->second.empty()
             ? ""
             : "was declared invalid: " + terminal::clean(found->second.front());
}

constexpr int kGivenLevels = 4;   // a checkpoint lies in RUN/checkpoints/step-N
constexpr int kGivenMakers = 16;  // runs that runs are made from, looked at one after the other

// Why the run that a given folder lies in is invalid, by name; "" when it lies in none, or in a good one.
std::string invalid_given(const fs::path& folder, const Ledger& ledger, int makers) {
  fs::path at = fs::absolute(folder).lexically_normal();
  json run = run_or_null(at);
  for (int level = 0; run.is_null() && level < kGivenLevels && at.has_relative_path(); ++level) {
    at = at.parent_path();
    run = run_or_null(at);
  }
  if (run.is_null()) return "";
  const std::string name = terminal::clean(at.filename().string());
  const std::string why = invalid_because(ledger, run.value("uid", ""));
  if (!why.empty()) return name + " " + why;
  for (const json& producer : run.value("producers", json::array())) {
    if (makers == 0 || !producer.is_object()) continue;
    const std::string from =
        invalid_given(at.parent_path() / producer.value("path", ""), ledger, makers - 1);
    if (!from.empty()) return name + " is made from " + from;
  }
  return "";
}

}  // namespace

json run_or_null(const fs::path& directory) {
  try {
    return read_run(directory);
  } catch (const Error&) {
    return {};
  }
}

Maker maker(const json& run, const store::Store* store) {
  const std::string uid = run.value("uid", ""), build = run.value("build", "");
  if (store != nullptr && !uid.empty() && store->run(uid)) {
    const store::Staleness known = store::staleness(*store, uid);
    if (known.freshness != store::Freshness::unknown)
      return {.words = terminal::clean(known.reason),
              .neutral = known.freshness == store::Freshness::same};
  }
  if (build == build_line()) return {};
  Maker by{.words = fmt::format("by {}, this one is {}",
                                build.empty() ? "an unknown build" : terminal::clean(build),
                                build_line())};
  if (store == nullptr) return by;
  const auto entries =
      store::neutral_changes(*store).between(store::program_of_build(build), store::this_program());
  if (!entries.empty()) return {by.words + "; " + terminal::clean(store::neutral_words(entries)), true};
  return by;
}

Standing standing(const train::Graph& graph, const LaunchOptions& launch,
                  const store::Store* store) {
  Standing found;
  Ledger ledger;
  if (store != nullptr) ledger = store::invalid_runs(*store);
  for (size_t i = 0; i < graph.specs.size(); ++i) {  // producers come before their users
    const train::RunSpec& spec = graph.specs[i];
    if (spec.recipe == train::kExisting) {
      const std::string why =
          ledger.empty() ? "" : invalid_given(spec.directory(), ledger, kGivenMakers);
      if (!why.empty()) found.given[i] = why;
      continue;
    }
    LaunchOptions own = launch;
    if (i + 1 < graph.specs.size()) own.run_dir.clear();
    const fs::path directory = run_directory(spec, own);
    const json run = read_run(directory);
    if (run.is_null() || !difference(run, spec).empty()) continue;
    std::string why = invalid_because(ledger, run.value("uid", ""));
    for (const train::Producer& producer : spec.producers)
      if (why.empty() &&
          (found.invalid.contains(producer.node) || found.given.contains(producer.node)))
        why = fmt::format("is made from {}, which is invalid",
                          graph.specs[producer.node].directory());
    if (!why.empty()) {
      found.invalid[i] = why;
      found.directories[i] = directory;
    } else if (is_done(spec, directory)) {
      if (const Maker by = maker(run, store); !by.words.empty() && !by.neutral)
        found.stale[i] = by.words;
    }
  }
  return found;
}

void discount(PoolReport& report, const Standing& standing) {
  for (const auto& [node, why] : standing.invalid)
    if (report.nodes[node].state == NodeState::reused) report.nodes[node].state = NodeState::todo;
}

void require_valid_given(const train::Graph& graph, const Standing& standing) {
  if (standing.given.empty()) return;
  const auto& [node, why] = *standing.given.begin();
  throw RefusedError(
      "{}: required a checkpoint or dataset of a run that nobody declared invalid, {}; make that "
      "run again (its command with --redo-invalid) and give its new folder, or take the entry back "
      "with 'rlreason compare invalidate --undo'",
      graph.specs[node].directory(), why);
}

void require_valid(const train::Graph& graph, const Standing& standing,
                   const std::string& command) {
  require_valid_given(graph, standing);
  if (standing.invalid.empty()) return;
  std::string names;
  size_t shown = 0;
  for (const auto& [node, why] : standing.invalid)
    if (shown++ < kShown)
      names += fmt::format("\n  {} {}", standing.directories.at(node).filename().string(), why);
  if (shown > kShown) names += fmt::format("\n  and {} more", shown - kShown);
  throw RefusedError(
      "required runs that nobody declared invalid, {} of {} are; {} moves them to the folder "
      ".invalid of the runs and makes them again:{}",
      standing.invalid.size(), graph.specs.size(),
      command.empty() ? "the same command with --redo-invalid" : "'" + command + " --redo-invalid'",
      names);
}

}  // namespace rlreason::sweep
