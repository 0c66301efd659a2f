#include "sweeps/why.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/process/lock.h"
#include "core/registry.h"
#include "core/terminal/text.h"
#include "sweeps/run_files.h"
#include "sweeps/standing.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr size_t kShown = 4;  // differences listed

// "update.lr 0.001 there, 0.0003 here; ..."
std::string differences(const json& there, const json& here) {
  const json a = there.flatten(), b = here.flatten();
  std::vector<std::string> found;
  const auto name = [](std::string path) {
    std::replace(path.begin(), path.end(), '/', '.');
    return path.substr(1);
  };
  for (const auto& [path, value] : b.items())
    if (!a.contains(path))
      found.push_back(fmt::format("{} only here", name(path)));
    else if (a[path] != value)
      found.push_back(
          fmt::format("{} {} there, {} here", name(path), a[path].dump(), value.dump()));
  for (const auto& [path, value] : a.items())
    if (!b.contains(path)) found.push_back(fmt::format("{} only there", name(path)));
  std::string text;
  for (size_t i = 0; i < std::min(kShown, found.size()); ++i)
    text += (i > 0 ? "; " : "") + terminal::shorten(found[i], 120);
  if (found.size() > kShown) text += fmt::format("; and {} more", found.size() - kShown);
  return text;
}

// A run of the same recipe, setting and seed whose configuration is another one.
std::string nearest_relative(const train::RunSpec& spec, const fs::path& runs_dir) {
  std::error_code error;
  const std::string directory = spec.directory();
  const std::string stem = directory.substr(0, directory.rfind('-') + 1);
  std::string best;
  size_t fewest = SIZE_MAX;
  for (const auto& entry : fs::directory_iterator(runs_dir, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(stem) || name == directory) continue;
    json run;
    try {
      run = read_run(entry.path());
    } catch (const Error&) {
      continue;
    }
    if (run.is_null() || !run.contains("config") || run["config"].is_null()) continue;
    const std::string text = differences(run["config"], spec.config);
    const size_t count = json::diff(run["config"], spec.config).size();
    if (count >= fewest) continue;
    fewest = count;
    best = fmt::format("; {} differs: {}", name,
                       text.empty() ? "in what it starts from or is made of" : text);
  }
  return best;
}

std::string made(const std::string& words) {
  return words.starts_with("made ") ? words : "made " + words;
}

Reason done_reason(size_t node, const fs::path& directory, const json& run,
                   const store::Store* store) {
  const std::string name = directory.filename().string();
  const Maker by = maker(run, store);
  if (by.words.empty())
    return {node, "reused",
            fmt::format("{} is done, with this configuration, seed and build", name)};
  if (by.neutral)
    return {node, "reused",
            fmt::format("{} is done, with this configuration and seed; it was {}", name,
                        made(by.words))};
  return {
      node, "stale",
      fmt::format("{} is done and is reused; it was {}; if nothing changed that matters, say so: "
                  "rlreason compare neutral",
                  name, made(by.words))};
}

}  // namespace

const PlanCell& find_cell(const ExpandedPlan& plan, const std::string& text) {
  const size_t slash = text.rfind('/');
  uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const bool parsed =
      slash != std::string::npos && std::from_chars(text.data() + slash + 1, end, seed).ptr == end;
  std::vector<std::string> known;
  for (const PlanCell& cell : plan.cells) {
    if (parsed && cell.row == text.substr(0, slash) && cell.seed == seed) return cell;
    known.push_back(fmt::format("{}/{}", cell.row, cell.seed));
  }
  throw UserError("{}: required a cell ROW/SEED of this plan, '{}' came; did you mean '{}'?",
                  plan.plan.file.string(), text, nearest(text, known));
}

namespace {

Reason reason_of(const ExpandedPlan& plan, size_t node, const LaunchOptions& launch,
                 const store::Store* store, const Standing& known) {
  const train::RunSpec& spec = plan.graph.specs[node];
  if (const auto found = known.given.find(node); found != known.given.end())
    return {node, "invalid",
            fmt::format("a folder that somebody gave: {}; {}", spec.directory(), found->second)};
  if (spec.recipe == train::kExisting)
    return {node, "reused", "a folder that somebody gave: " + spec.directory()};
  const fs::path directory = launch.runs_dir / spec.directory();
  const json run = read_run(directory);
  if (run.is_null())
    return {node, "missing",
            fmt::format("no run has this configuration and seed in {}{}", launch.runs_dir.string(),
                        nearest_relative(spec, launch.runs_dir))};
  if (const std::string other = difference(run, spec); !other.empty())
    return {node, "missing", fmt::format("{} holds {}", directory.string(), other)};
  if (const auto found = known.invalid.find(node); found != known.invalid.end())
    return {node, "invalid",
            fmt::format("{} {}; rlreason sweep run {} --redo-invalid moves it away and makes it again",
                        directory.filename().string(), found->second, plan.plan.given)};
  if (is_done(spec, directory)) return done_reason(node, directory, run, store);
  if (process::is_locked(directory))
    return {node, "running", directory.string() + " is being worked on"};
  const std::string state = result_state(directory);
  if (state == "failed")
    return {
        node, "failed",
        fmt::format("{}; see {}", result_reason(directory), (directory / "engine.log").string())};
  return {
      node, "interrupted",
      fmt::format("{} was started and {}; the next run goes on from its last checkpoint",
                  directory.filename().string(),
                  state == "preempted" ? "stopped with a checkpoint"
                                       : "ended without a word (killed, or its machine was lost)")};
}

}  // namespace

Reason why_node(const ExpandedPlan& plan, size_t node, const LaunchOptions& launch,
                const store::Store* store) {
  return reason_of(plan, node, launch, store, standing(plan.graph, launch, store));
}

std::vector<Reason> why(const ExpandedPlan& plan, const PlanCell& cell, const LaunchOptions& launch,
                        const store::Store* store) {
  std::set<size_t> needed{cell.evaluate_node};
  for (size_t i = cell.evaluate_node + 1; i-- > 0;)
    if (needed.contains(i))
      for (const train::Producer& producer : plan.graph.specs[i].producers)
        needed.insert(producer.node);
  std::vector<Reason> reasons;
  const Standing known = standing(plan.graph, launch, store);
  for (const size_t node : needed) reasons.push_back(reason_of(plan, node, launch, store, known));
  return reasons;
}

}  // namespace rlreason::sweep
