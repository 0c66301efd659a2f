#include "sweeps/set_aside.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/process/publish.h"
#include "core/process/self.h"
#include "core/store/invalidations.h"
#include "sweeps/pool/coordinator.h"
#include "sweeps/pool/liveness.h"
#include "sweeps/run_files.h"

namespace rlreason::sweep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

fs::path normal(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

bool inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

// Runs in the folder that are made from these directories, from what is made from them, and so on.
std::vector<fs::path> made_from(const fs::path& runs_dir, std::vector<fs::path> sources) {
  std::map<fs::path, json> runs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs_dir, error)) {
    if (process::is_temporary_name(entry.path().filename().string())) continue;
    json run = run_or_null(entry.path());
    if (run.is_object()) runs[normal(entry.path())] = std::move(run);
  }
  for (const fs::path& source : sources) runs.erase(source);
  const size_t given = sources.size();
  for (size_t next = 0; next < sources.size(); ++next)  // grows while it goes
    std::erase_if(runs, [&](const auto& each) {
      const auto& [directory, run] = each;
      const json producers = run.value("producers", json::array());
      const bool made = std::any_of(producers.begin(), producers.end(), [&](const json& producer) {
        return producer.is_object() &&
               inside(normal(directory.parent_path() / producer.value("path", "")), sources[next]);
      });
      if (!made) return false;
      sources.push_back(directory);
      return true;
    });
  return {sources.begin() + static_cast<std::ptrdiff_t>(given), sources.end()};
}

void declare_dependents(const Standing& standing, const fs::path& runs_dir, store::Store& store) {
  store::InvalidationRow row;
  row.selector = "--redo-invalid";
  row.reason = "made from a run that was declared invalid and made again";
  const auto ledger = store::invalid_runs(store);
  std::vector<fs::path> sources;
  for (const auto& [node, directory] : standing.directories) sources.push_back(normal(directory));
  const std::vector<fs::path> dependents = made_from(runs_dir, sources);
  sources.insert(sources.end(), dependents.begin(), dependents.end());
  for (const fs::path& directory : sources) {
    const std::string uid = store.ingest(directory).run_uid;
    if (!ledger.contains(uid)) row.runs.push_back(uid);
  }
  if (!row.runs.empty()) store::add_invalidation(store, row);
}

// Where a path below the runs was moved earlier: in the newest run of that name, and of this identity when it is the run.
std::optional<fs::path> moved_earlier(const fs::path& path, const fs::path& runs,
                                      const std::string& identity) {
  const fs::path below = path.lexically_relative(runs);
  std::optional<fs::path> newest;
  int64_t created_ms = -1;
  std::error_code error;
  for (const auto& batch : fs::directory_iterator(runs / store::kSetAside, error)) {
    const json run = run_or_null(batch.path() / *below.begin());
    const bool whole = std::next(below.begin()) == below.end();
    if (run.is_null() || (whole && run.at("identity") != identity) ||
        !fs::exists(batch.path() / below, error) ||
        run.value("created_ms", int64_t{0}) < created_ms)
      continue;
    created_ms = run.value("created_ms", int64_t{0});
    newest = batch.path() / below;
  }
  return newest;
}

class Mover {
 public:
  explicit Mover(const Standing& standing) : batch_(process::nonce()) {
    for (const auto& [node, directory] : standing.directories) {
      const fs::path from = normal(directory);
      moves_[from] = from.parent_path() / store::kSetAside / batch_ / from.filename();
    }
  }

  // Paths of what lies elsewhere become absolute before and relative after the move, so that they hold all the while.
  void move(const fs::path& directory) {
    const fs::path from = normal(directory), to = moves_.at(from);
    process::make_directories(to.parent_path());
    json run = read_run(from);
    point(run, from, from, false);
    write(from, run);
    RLR_ENSURE(process::rename_new(from, to), "{} is taken", to.string());
    point(run, from, to, true);
    write(to, run);
    process::sync_directory(to.parent_path());
    process::sync_directory(from.parent_path());
  }
  const fs::path& target(const fs::path& directory) const { return moves_.at(normal(directory)); }

 private:
  static void write(const fs::path& directory, const json& run) {
    const std::string text = run.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
    if (process::read_file(directory / "run.json") != text)
      process::write_file_atomic(directory / "run.json", text);
  }

  // Where a path of run.json leads once everything has moved.
  fs::path place_after(const fs::path& path, const fs::path& runs,
                       const std::string& identity) const {
    for (const auto& [from, to] : moves_)
      if (inside(path, from)) return path == from ? to : to / path.lexically_relative(from);
    std::error_code error;
    if (fs::exists(path, error)) return path;
    return moved_earlier(path, runs, identity).value_or(path);
  }

  void point(json& run, const fs::path& from, const fs::path& at, bool moved) const {
    const auto pointed = [&](const std::string& text, const std::string& identity) {
      const fs::path now = normal(from.parent_path() / text);
      const bool moves = std::any_of(moves_.begin(), moves_.end(),
                                     [&](const auto& each) { return inside(now, each.first); });
      if (!moved) return moves ? text : place_after(now, from.parent_path(), identity).string();
      return place_after(now, from.parent_path(), identity)
          .lexically_relative(at.parent_path())
          .string();
    };
    if (run.contains("producers") && run["producers"].is_array())
      for (json& producer : run["producers"])
        if (producer.is_object() && producer.contains("path") && producer["path"].is_string())
          producer["path"] = pointed(producer["path"], producer.value("identity", ""));
    if (run.contains("inherit") && run["inherit"].is_array())
      for (json& other : run["inherit"])
        if (other.is_string()) other = pointed(other, "");
  }

  std::string batch_;
  std::map<fs::path, fs::path> moves_;  // whole, normal paths: from -> to
};

// Moved by a call that was killed before the store had followed.
void follow_moved(const fs::path& runs_dir, store::Store& store) {
  std::error_code error;
  for (const auto& batch : fs::directory_iterator(runs_dir / store::kSetAside, error))
    for (const auto& entry : fs::directory_iterator(batch.path(), error)) {
      const json run = run_or_null(entry.path());
      const auto known = run.is_null() ? std::nullopt : store.run(run.value("uid", ""));
      if (known && normal(known->directory) != normal(entry.path())) store.ingest(entry.path());
    }
}

}  // namespace

fs::path set_aside(const Standing& standing, const PoolOptions& options, store::Store& store) {
  if (standing.invalid.empty()) return {};
  const fs::path runs_dir = options.launch.runs_dir;
  std::optional<process::DirectoryLock> plan;
  if (!options.key.empty()) {
    const fs::path coordinator = coordinator_folder(runs_dir, options.key);
    process::make_directories(coordinator);
    plan.emplace(coordinator);
  }
  follow_moved(runs_dir, store);
  std::vector<process::DirectoryLock> locks;
  for (const auto& [node, directory] : standing.directories) {
    locks.emplace_back(directory);
    if (has_worker(directory))
      throw RefusedError(
          "{}: required a run that no one works on, process {} does; wait for it or stop it",
          directory.string(), read_worker(directory)->pid);
  }
  declare_dependents(standing, runs_dir, store);
  Mover mover(standing);
  for (const auto& [node, directory] : standing.directories) {
    mover.move(directory);
    store.ingest(mover.target(directory));
  }
  return mover.target(standing.directories.begin()->second).parent_path();
}

std::string Settled::words() const {
  return moved == 0 ? ""
                    : fmt::format("{} invalid run{} moved to {}\n", moved,
                                  moved == 1 ? " was" : "s were", moved_to.string());
}

Settled settle(const train::Graph& graph, const PoolOptions& options, bool redo,
               store::Store& store, const std::string& command) {
  Settled settled{.standing = standing(graph, options.launch, &store)};
  require_valid_given(graph, settled.standing);
  if (!redo) require_valid(graph, settled.standing, command);
  if (settled.standing.invalid.empty()) return settled;
  settled.moved = settled.standing.invalid.size();
  settled.moved_to = set_aside(settled.standing, options, store);
  settled.standing = standing(graph, options.launch, &store);
  return settled;
}

}  // namespace rlreason::sweep
