#include "core/store/gc.h"

#include <chrono>

#include "core/error.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/runlog/frame.h"
#include "core/store/filter.h"
#include "core/store/internal.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUsedBlobs =
    "SELECT config_digest FROM run UNION SELECT spec_digest FROM experiment WHERE spec_digest IS "
    "NOT NULL UNION SELECT "
    "manifest_digest FROM dataset WHERE manifest_digest IS NOT NULL UNION SELECT digest FROM env "
    "UNION SELECT spec_digest "
    "FROM report UNION SELECT inputs_digest FROM report UNION SELECT result_digest FROM report "
    "UNION SELECT diff_digest "
    "FROM code";

int64_t size_of(const fs::path& path) {  // never follows a link
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (fs::is_regular_file(status)) {
    const auto bytes = fs::file_size(path, error);
    return error ? 0 : static_cast<int64_t>(bytes);
  }
  int64_t bytes = 0;
  if (fs::is_directory(status))
    for (const auto& entry : fs::recursive_directory_iterator(
             path, fs::directory_options::skip_permission_denied, error)) {
      if (!entry.is_symlink(error) && entry.is_regular_file(error)) {
        const auto size = entry.file_size(error);
        if (!error) bytes += static_cast<int64_t>(size);
      }
    }
  return bytes;
}

bool any(Connection& db, const char* sql, int64_t run) {
  auto s = db.prepare(sql);
  s.bind(run);
  return s.step();
}

std::string kept_by(Connection& db, const RunRow& row) {
  const auto id = run_id(db, row.uid);
  if (!id) return "gone already";
  if (any(db, "SELECT 1 FROM tag WHERE run_id = ? AND tag = 'pin'", *id)) return "the tag pin";
  if (any(db, "SELECT 1 FROM report_run WHERE run_id = ?", *id)) return "a report";
  if (any(db, "SELECT 1 FROM variant_run WHERE run_id = ?", *id)) return "an experiment";
  std::error_code error;
  if (fs::is_directory(row.directory, error) && process::is_locked(row.directory))
    return "a process that works on it";
  auto made_from = db.prepare(
      "SELECT r.uid FROM edge e JOIN run r ON r.id = e.run_id WHERE e.identity = ? AND r.id <> ?");
  made_from.bind(row.identity, *id);
  if (made_from.step()) return "run " + made_from.text(0) + ", made from it";
  return "";
}

bool is_directory_of(const RunRow& row) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(row.directory, error))) return false;
  try {
    const auto run = runlog::parse_payload(
        process::read_file(fs::path(row.directory) / "run.json", int64_t{16} << 20));
    return text_at(run, "uid") == row.uid;
  } catch (const DataError&) {
    return false;
  }
}

void remove_run(Store& store, const RunRow& row) {
  Connection& db = store.connection();
  fs::path aside;
  if (is_directory_of(row)) {
    aside = process::temporary_beside(row.directory);
    process::rename(row.directory, aside);
  }
  WriteTransaction transaction(db);
  if (const auto id = run_id(db, row.uid))
    db.prepare("DELETE FROM run WHERE id = ?").bind(*id).run();
  transaction.commit();
  if (!aside.empty()) process::remove_tree(aside);
}

}  // namespace

std::vector<fs::path> abandoned_temporaries(const fs::path& folder, const std::string& beginning) {
  std::vector<fs::path> found;
  std::error_code error;
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code gone;
    if (name.starts_with(beginning) && process::is_temporary_name(name) &&
        entry.last_write_time(gone) < before && !gone)
      found.push_back(entry.path());
  }
  return found;
}

int64_t GcPlan::bytes() const {
  int64_t sum = leftover_bytes + unreferenced_bytes;
  for (const auto& run : runs)
    if (run.kept_by.empty()) sum += run.bytes;
  return sum;
}

void drop_unreferenced(Connection& db) {
  db.execute(fmt::format(
      "DELETE FROM layout WHERE id NOT IN (SELECT layout_id FROM tail);"
      "DELETE FROM metric WHERE id NOT IN (SELECT metric_id FROM series) AND id NOT IN (SELECT "
      "metric_id FROM chunk) AND id "
      "NOT IN (SELECT metric_id FROM summary);"
      "DELETE FROM code WHERE id NOT IN (SELECT code_id FROM attempt WHERE code_id IS NOT NULL);"
      "DELETE FROM env WHERE id NOT IN (SELECT env_id FROM attempt WHERE env_id IS NOT NULL);"
      "DELETE FROM protocol WHERE id NOT IN (SELECT protocol_id FROM eval_result);"
      "DELETE FROM blob WHERE digest NOT IN ({})",
      kUsedBlobs));
}

GcPlan plan_gc(const Store& store, const std::string& filter, const fs::path& runs_directory) {
  GcPlan plan;
  Connection& db = store.connection();
  if (!filter.empty())
    for (auto& row : only_matching(store, store.runs(), filter)) {
      const std::string keeper = kept_by(db, row);
      const int64_t bytes = is_directory_of(row) ? size_of(row.directory) : 0;
      plan.runs.push_back({std::move(row), bytes, keeper});
    }
  const fs::path file = fs::absolute(store.path());
  plan.leftovers = abandoned_temporaries(file.parent_path(), file.filename().string());
  for (auto& path : abandoned_temporaries(runs_directory, ""))
    plan.leftovers.push_back(std::move(path));
  for (const auto& path : plan.leftovers) plan.leftover_bytes += size_of(path);
  auto s =
      db.prepare(fmt::format("SELECT COUNT(*), COALESCE(SUM(LENGTH(CAST(data AS BLOB))), 0) FROM "
                             "blob WHERE digest NOT IN ({})",
                             kUsedBlobs));
  if (s.step()) plan.unreferenced_blobs = s.integer(0), plan.unreferenced_bytes = s.integer(1);
  return plan;
}

void run_gc(Store& store, const GcPlan& plan) {
  for (const auto& run : plan.runs)
    if (run.kept_by.empty() && kept_by(store.connection(), run.row).empty())
      remove_run(store, run.row);
  for (const auto& path : plan.leftovers) {
    std::error_code error;
    if (fs::is_directory(fs::symlink_status(path, error)))
      process::remove_tree(path);
    else
      process::remove_file(path);
  }
  WriteTransaction transaction(store.connection());
  drop_unreferenced(store.connection());
  transaction.commit();
}

}  // namespace rlreason::store
