#include "core/store/invalidations.h"

#include "core/error.h"
#include "core/process/io.h"
#include "core/store/clock.h"
#include "core/store/internal.h"

namespace rlreason::store {

std::string add_invalidation(Store& store, const InvalidationRow& row) {
  if (row.reason.empty())
    throw UserError("invalidation: required a reason, none came; readers of old tables need it");
  if (row.runs.empty())
    throw UserError("invalidation: required at least one run, '{}' chose none", row.selector);
  Connection& db = store.connection();
  const std::string uid = process::nonce();
  WriteTransaction transaction(db);
  db.prepare(
        "INSERT INTO invalidation(uid, created_ms, selector, reason, fixed_by, author) "
        "VALUES(?,?,?,?,?,?)")
      .bind(uid, now_ms(), row.selector, row.reason, row.fixed_by, row.author)
      .run();
  const int64_t id = db.last_id();
  for (const auto& run : row.runs)
    db.prepare("INSERT OR IGNORE INTO invalidation_run(invalidation_id, run_id) VALUES(?,?)")
        .bind(id, known_run_id(db, run))
        .run();
  transaction.commit();
  return uid;
}

bool remove_invalidation(Store& store, const std::string& uid) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  auto statement = db.prepare("DELETE FROM invalidation WHERE uid = ? RETURNING 1");
  statement.bind(uid);
  const bool removed = statement.step();
  statement.reset();
  transaction.commit();
  return removed;
}

std::vector<InvalidationRow> invalidations(const Store& store) {
  std::vector<InvalidationRow> rows;
  auto s = store.connection().prepare(
      "SELECT i.uid, i.created_ms, i.selector, i.reason, i.fixed_by, i.author, r.uid FROM "
      "invalidation i LEFT JOIN invalidation_run l ON l.invalidation_id = i.id LEFT JOIN run r ON "
      "r.id = l.run_id ORDER BY i.id, r.uid");
  while (s.step()) {
    if (rows.empty() || rows.back().uid != s.text(0))
      rows.push_back({.uid = s.text(0),
                      .created_ms = s.integer(1),
                      .selector = s.text(2),
                      .reason = s.text(3),
                      .fixed_by = s.text(4),
                      .author = s.text(5)});
    if (!s.null(6)) rows.back().runs.push_back(s.text(6));
  }
  return rows;
}

std::map<std::string, std::vector<std::string>> invalid_runs(const Store& store) {
  std::map<std::string, std::vector<std::string>> reasons;
  for (const auto& row : invalidations(store))
    for (const auto& run : row.runs) reasons[run].push_back(row.reason);
  return reasons;
}

}  // namespace rlreason::store
