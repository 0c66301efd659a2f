#include "core/store/check.h"

#include <algorithm>
#include <set>

#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/runlog/layout.h"
#include "core/store/internal.h"

namespace rlreason::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRestore =
    "restore the file from a copy, or delete it and run 'rlreason store ingest' on the runs";

class Checker {
 public:
  Checker(const Store& store, CheckReport& report)
      : store_(store), db_(store.connection()), report_(report) {}

  void damage(const std::string& what) { report_.problems.push_back({"damage", what, kRestore}); }

  void blobs() {
    auto s = db_.prepare("SELECT digest, data FROM blob");
    while (s.step()) {
      ++report_.blobs;
      if (sha256(s.bytes(1)) != s.text(0))
        damage("blob " + s.text(0) + ": its content has another digest");
    }
  }

  void curves(const RunRow& row) {
    try {
      for (const auto& [metric, curve] : store_.curves(row.uid))
        report_.points += static_cast<int64_t>(curve.size());
    } catch (const StoreError& error) {
      damage(fmt::format("run {}: {}", row.uid, error.what()));
    }
  }

  // False: nothing to look at.
  bool directory(const RunRow& row, bool imported) {
    std::error_code error;
    if (fs::exists(fs::path(row.directory) / "run.json", error)) return true;
    if (row.state != RunState::planned && !imported)
      report_.problems.push_back(
          {"directory",
           fmt::format("run {}: {} is gone; its curves and facts are here, its weights "
                       "and texts are not",
                       row.uid, row.directory),
           "nothing, or 'rlreason store gc' with --where 'uid = \"" + row.uid + "\"'"});
    return false;
  }

  void cursors(const RunRow& row) {
    auto s = db_.prepare(
        "SELECT c.attempt_uid, c.fragment, c.offset FROM spool_cursor c JOIN run r ON r.id = "
        "c.run_id WHERE r.uid = ?");
    s.bind(row.uid);
    while (s.step()) {
      const fs::path attempt = runlog::log_directory(row.directory) / s.text(0);
      const auto number = static_cast<uint64_t>(s.integer(1));
      const auto offset = static_cast<uint64_t>(s.integer(2));
      if (offset == 0) continue;  // stands before a fragment that need not exist yet
      std::error_code absent;
      uint64_t bytes = 0;
      for (const bool open : {false, true}) {
        const auto size = fs::file_size(attempt / runlog::fragment_name(number, open), absent);
        if (!absent) bytes = std::max<uint64_t>(bytes, size);
      }
      if (bytes < offset)
        report_.problems.push_back(
            {"cursor",
             fmt::format("{}: read up to byte {} of fragment {}, which has {}", attempt.string(),
                         offset, number, bytes),
             "the log was cut or replaced after it was read; what the store has is complete, keep "
             "it"});
    }
  }

  void unregistered(const fs::path& folder, const std::set<std::string>& known) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      std::error_code ignored;
      if (process::is_temporary_name(entry.path().filename().string()) ||
          !fs::exists(entry.path() / "run.json", ignored) ||
          known.contains(absolute_directory(entry.path())))
        continue;
      report_.problems.push_back({"unregistered",
                                  entry.path().string() + ": a run that this store does not know",
                                  "rlreason store ingest " + entry.path().string()});
    }
  }

  void leftovers(const fs::path& folder, const std::string& beginning) {
    for (const auto& path : abandoned_temporaries(folder, beginning))
      report_.problems.push_back({"leftover", path.string() + ": left by a program that was killed",
                                  "rlreason store gc --yes"});
  }

 private:
  const Store& store_;
  Connection& db_;
  CheckReport& report_;
};

std::set<std::string> imported_runs(Connection& db) {
  std::set<std::string> uids;
  auto s = db.prepare("SELECT uid FROM run WHERE origin_store <> ''");
  while (s.step()) uids.insert(s.text(0));
  return uids;
}

}  // namespace

bool CheckReport::damaged() const {
  return std::any_of(problems.begin(), problems.end(),
                     [](const auto& p) { return p.kind == "damage"; });
}

CheckReport check_store(const Store& store, const fs::path& runs_directory) {
  CheckReport report;
  Checker checker(store, report);
  if (const auto problem = store.integrity_problem()) checker.damage(*problem);
  checker.blobs();
  const auto imported = imported_runs(store.connection());
  std::set<std::string> known;
  for (const auto& row : store.runs()) {
    ++report.runs;
    known.insert(row.directory);
    checker.curves(row);
    if (checker.directory(row, imported.contains(row.uid))) checker.cursors(row);
  }
  checker.unregistered(runs_directory, known);
  checker.leftovers(runs_directory, "");
  const fs::path file = fs::absolute(store.path());
  checker.leftovers(file.parent_path(), file.filename().string());
  return report;
}

}  // namespace rlreason::store
