// Archives: writing one.
#include "core/error.h"
#include "core/process/io.h"
#include "core/store/archive.h"
#include "core/store/internal.h"

namespace rlreason::store {
namespace fs = std::filesystem;
namespace {

// What is left when only the runs of temp.keep stay.
constexpr const char* kCut = R"sql(
DELETE FROM report WHERE id IN (SELECT report_id FROM report_run WHERE run_id NOT IN (SELECT id FROM temp.keep))
  OR id NOT IN (SELECT report_id FROM report_run);
DELETE FROM variant_run WHERE run_id NOT IN (SELECT id FROM temp.keep);
DELETE FROM trial WHERE experiment_id NOT IN
  (SELECT v.experiment_id FROM variant v JOIN variant_run l ON l.variant_id = v.id);
DELETE FROM variant WHERE experiment_id NOT IN
  (SELECT v.experiment_id FROM variant v JOIN variant_run l ON l.variant_id = v.id);
DELETE FROM experiment WHERE id NOT IN (SELECT experiment_id FROM variant);
DELETE FROM run WHERE id NOT IN (SELECT id FROM temp.keep);
DELETE FROM invalidation WHERE id NOT IN (SELECT invalidation_id FROM invalidation_run);
DELETE FROM lease;
-- of the neutral changes, what is joined to a program of the runs that stay
WITH RECURSIVE used(name) AS (SELECT source FROM code c JOIN attempt a ON a.code_id = c.id
    UNION SELECT commit_name FROM code c JOIN attempt a ON a.code_id = c.id
    UNION SELECT substr(build, instr(build, '(commit ') + 8, instr(build, ',') - instr(build, '(commit ') - 8) FROM run),
  near(name) AS (SELECT a FROM neutral WHERE a IN (SELECT name FROM used) OR (a_commit <> '' AND a_commit IN (SELECT name FROM used))
    UNION SELECT b FROM neutral WHERE b IN (SELECT name FROM used) OR (b_commit <> '' AND b_commit IN (SELECT name FROM used))
    UNION SELECT CASE n.a WHEN near.name THEN n.b ELSE n.a END FROM neutral n JOIN near ON near.name IN (n.a, n.b))
DELETE FROM neutral WHERE a NOT IN (SELECT name FROM near);
)sql";

ExportReport cut_down(const fs::path& copy, const std::set<std::string>& run_uids) {
  const Store store = Store::open(copy);
  Connection& db = store.connection();
  ExportReport report;
  {
    WriteTransaction transaction(db);
    db.execute("CREATE TEMP TABLE keep(id INTEGER PRIMARY KEY)");
    for (const auto& uid : run_uids)
      db.prepare("INSERT OR IGNORE INTO temp.keep(id) VALUES(?)").bind(known_run_id(db, uid)).run();
    db.execute(kCut);
    drop_unreferenced(db);
    transaction.commit();
  }
  report.runs = db.integer("SELECT COUNT(*) FROM run");
  report.experiments = db.integer("SELECT COUNT(*) FROM experiment");
  report.reports = db.integer("SELECT COUNT(*) FROM report");
  report.neutral = db.integer("SELECT COUNT(*) FROM neutral");
  db.locked([&] { db.execute("PRAGMA journal_mode = DELETE"); });  // one file, no log beside it
  return report;
}

}  // namespace

ExportReport export_archive(const Store& store, const std::set<std::string>& run_uids,
                            const fs::path& file) {
  if (run_uids.empty()) throw UserError("store export: required at least one run, none came");
  if (fs::exists(fs::symlink_status(file)))
    throw RefusedError("{}: required a new file, it exists; choose another name or remove it",
                       file.string());
  const fs::path whole = process::temporary_beside(file);
  const auto remove_all = [&] {
    for (const char* end : {"", ".lock", "-wal", "-shm"})
      process::remove_file(whole.string() + end);
  };
  try {
    store.connection().copy_to(whole);
    ExportReport report = cut_down(whole, run_uids);
    {
      const Store smaller = Store::open(whole, Mode::read_only);
      smaller.connection().copy_to(file);  // without the room that the others took
    }
    remove_all();
    report.bytes = static_cast<int64_t>(fs::file_size(file));
    return report;
  } catch (...) {
    remove_all();
    throw;
  }
}

}  // namespace rlreason::store
