#include "sweeps/standing.h"

#include <algorithm>
#include <set>

#include "core/build_info.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/publish.h"
#include "core/process/self.h"
#include "core/store/invalidations.h"
#include "core/store/neutral.h"
#include "core/store/provenance.h"
#include "core/terminal/text.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr size_t kShown = 8;  // runs named in a refusal

std::string invalid_because(const std::map<std::string, std::vector<std::string>>& ledger,
                            const std::string& uid) {
  const auto found = ledger.find(uid);
  return found == ledger.end() || found->second.empty()
             ? ""
             : "was declared invalid: " + terminal::clean(found->second.front());
}

// Uids of the runs in the folder that are made from these directories, from what is made from them, and so on.
std::vector<std::string> made_from(const fs::path& runs_dir, std::set<std::string> names) {
  std::vector<std::pair<std::string, json>> runs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs_dir, error)) try {
      const std::string name = entry.path().filename().string();
      if (process::is_temporary_name(name) || !fs::exists(entry.path() / "run.json", error))
        continue;
      runs.emplace_back(name, read_run(entry.path()));
    } catch (const Error&) {
      continue;  // a run that cannot be read is nobody's result
    }
  std::vector<std::string> uids;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [name, run] : runs) {
      if (names.contains(name) || !run.is_object()) continue;
      const json producers = run.value("producers", json::array());
      if (std::none_of(producers.begin(), producers.end(), [&](const json& producer) {
            return producer.is_object() && names.contains(
                fs::path(producer.value("path", "")).lexically_normal().string());
          }))
        continue;
      names.insert(name);
      uids.push_back(run.value("uid", ""));
      grown = true;
    }
  }
  return uids;
}

// Before anything moves: a kill in between leaves runs that are refused, not runs that rest on what is gone.
void declare_dependents(const train::Graph& graph, const Standing& standing,
                        const fs::path& runs_dir, store::Store& store) {
  std::set<std::string> names;
  for (const auto& [node, why] : standing.invalid) names.insert(graph.specs[node].directory());
  store::InvalidationRow row;
  row.selector = "sweep run --redo-invalid";
  row.reason = "made from a run that was declared invalid and made again";
  const auto ledger = store::invalid_runs(store);
  std::vector<std::string> uids = made_from(runs_dir, names);
  for (const std::string& name : names) {
    store.ingest(runs_dir / name);
    uids.push_back(read_run(runs_dir / name).value("uid", ""));
  }
  for (const std::string& uid : uids)
    if (!ledger.contains(uid) && store.run(uid)) row.runs.push_back(uid);
  if (!row.runs.empty()) store::add_invalidation(store, row);
}

}  // namespace

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
  if (!entries.empty()) return {by.words + "; " + store::neutral_words(entries), true};
  return by;
}

Standing standing(const train::Graph& graph, const fs::path& runs_dir, const store::Store* store) {
  Standing found;
  std::map<std::string, std::vector<std::string>> ledger;
  if (store != nullptr) ledger = store::invalid_runs(*store);
  for (size_t i = 0; i < graph.specs.size(); ++i) {  // producers come before their users
    const train::RunSpec& spec = graph.specs[i];
    if (spec.recipe == train::kExisting) continue;
    const fs::path directory = runs_dir / spec.directory();
    const json run = read_run(directory);
    if (run.is_null() || !difference(run, spec).empty()) continue;
    std::string why = invalid_because(ledger, run.value("uid", ""));
    for (const train::Producer& producer : spec.producers)
      if (why.empty() && found.invalid.contains(producer.node))
        why = fmt::format("is made from {}, which is invalid",
                          graph.specs[producer.node].directory());
    if (!why.empty())
      found.invalid[i] = why;
    else if (is_done(spec, directory))
      if (const Maker by = maker(run, store); !by.words.empty() && !by.neutral)
        found.stale[i] = by.words;
  }
  return found;
}

void discount(PoolReport& report, const Standing& standing) {
  for (const auto& [node, why] : standing.invalid)
    if (report.nodes[node].state == NodeState::reused) report.nodes[node].state = NodeState::todo;
}

void require_valid(const train::Graph& graph, const Standing& standing,
                   const std::string& command) {
  if (standing.invalid.empty()) return;
  std::string names;
  size_t shown = 0;
  for (const auto& [node, why] : standing.invalid)
    if (shown++ < kShown) names += fmt::format("\n  {} {}", graph.specs[node].directory(), why);
  if (shown > kShown) names += fmt::format("\n  and {} more", shown - kShown);
  throw RefusedError(
      "required runs that nobody declared invalid, {} of {} are; '{} --redo-invalid' moves them to "
      "the folder .invalid of the runs and makes them again:{}",
      standing.invalid.size(), graph.specs.size(), command, names);
}

fs::path set_aside(const train::Graph& graph, const Standing& standing, const PoolOptions& options,
                   store::Store& store) {
  if (standing.invalid.empty()) return {};
  const fs::path runs_dir = options.launch.runs_dir;
  const fs::path coordinator = coordinator_folder(runs_dir, options.key);
  process::make_directories(coordinator);
  const process::DirectoryLock plan(coordinator);
  std::vector<process::DirectoryLock> locks;
  for (const auto& [node, why] : standing.invalid) {
    const fs::path directory = runs_dir / graph.specs[node].directory();
    locks.emplace_back(directory);
    if (has_worker(directory))
      throw RefusedError(
          "{}: required a run that no one works on, process {} does; wait for it or stop it",
          directory.string(), read_worker(directory)->pid);
  }
  declare_dependents(graph, standing, runs_dir, store);
  const fs::path target = runs_dir / ".invalid" / process::nonce();
  process::make_directories(target);
  for (const auto& [node, why] : standing.invalid) {
    const std::string name = graph.specs[node].directory();
    RLR_ENSURE(process::rename_new(runs_dir / name, target / name), "{} is taken", target.string());
    store.ingest(target / name);  // the store follows it by its uid
  }
  process::sync_directory(target);
  process::sync_directory(runs_dir);
  return target;
}

}  // namespace rlreason::sweep
