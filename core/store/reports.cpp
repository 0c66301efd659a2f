#include "core/store/reports.h"

#include "core/digest.h"
#include "core/error.h"
#include "core/store/clock.h"
#include "core/store/internal.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

constexpr size_t kShortestId = 4;

nlohmann::json blob_json(Connection& db, const std::string& digest) {
  auto statement = db.prepare("SELECT data FROM blob WHERE digest = ?");
  statement.bind(digest);
  if (!statement.step()) return nullptr;
  return nlohmann::json::parse(statement.text(0), nullptr, false);
}

ReportRow load(Connection& db, int64_t id) {
  ReportRow row;
  std::string spec, inputs, result;
  {
    auto s = db.prepare(
        "SELECT uid, created_ms, kind, spec_digest, inputs_digest, result_digest FROM report "
        "WHERE id = ?");
    s.bind(id);
    RLR_ENSURE(s.step(), "report {}", id);
    row.id = s.text(0);
    row.created_ms = s.integer(1);
    row.kind = s.text(2);
    spec = s.text(3), inputs = s.text(4), result = s.text(5);
  }
  row.spec = blob_json(db, spec);
  row.inputs = blob_json(db, inputs);
  row.result = blob_json(db, result);
  auto runs = db.prepare(
      "SELECT r.uid FROM report_run l JOIN run r ON r.id = l.run_id WHERE l.report_id = ? ORDER "
      "BY r.uid");
  runs.bind(id);
  while (runs.step()) row.runs.push_back(runs.text(0));
  auto outputs = db.prepare(
      "SELECT path, sha256, written_ms FROM report_output WHERE report_id = ? ORDER BY path");
  outputs.bind(id);
  while (outputs.step())
    row.outputs.push_back({outputs.text(0), outputs.text(1), outputs.integer(2)});
  return row;
}

int64_t id_of(Connection& db, const std::string& id) {
  const bool digits = id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (id.size() < kShortestId || id.size() > 64 || !digits)
    throw UserError("report: required {} to 64 hex digits, '{}' came", kShortestId,
                    id.substr(0, 64));
  auto s =
      db.prepare("SELECT id, uid FROM report WHERE substr(uid, 1, ?) = ? ORDER BY uid LIMIT 2");
  s.bind(static_cast<int64_t>(id.size()), id);
  if (!s.step())
    throw UserError(
        "report: required one of {}, '{}' came; it may have been made with another store",
        db.path().string(), id);
  const int64_t found = s.integer(0);
  const std::string first = s.text(1);
  if (s.step())
    throw UserError("report: required one report, '{}' fits {} and {}; give more digits", id,
                    first.substr(0, 12), s.text(1).substr(0, 12));
  return found;
}

void put_output(Connection& db, int64_t id, const ReportOutput& output) {
  db.prepare(
        "INSERT OR REPLACE INTO report_output(report_id, path, sha256, written_ms) VALUES(?,?,?,?)")
      .bind(id, output.path, output.sha256, output.written_ms == 0 ? now_ms() : output.written_ms)
      .run();
}

}  // namespace

std::string add_report(Store& store, const ReportRow& report) {
  Connection& db = store.connection();
  const std::string spec = dump(report.spec), inputs = dump(report.inputs),
                    result = dump(report.result);
  const std::string uid = sha256(dump(nlohmann::json::array({report.kind, spec, inputs, result})));
  WriteTransaction transaction(db);
  db.prepare(
        "INSERT OR IGNORE INTO report(uid, created_ms, kind, spec_digest, inputs_digest, "
        "result_digest) VALUES(?,?,?,?,?,?)")
      .bind(uid, now_ms(), report.kind, put_blob(db, "report", spec),
            put_blob(db, "report", inputs), put_blob(db, "report", result))
      .run();
  const int64_t id = id_of(db, uid);
  for (const auto& run : report.runs)
    db.prepare("INSERT OR IGNORE INTO report_run(report_id, run_id) VALUES(?,?)")
        .bind(id, known_run_id(db, run))
        .run();
  for (const auto& output : report.outputs) put_output(db, id, output);
  transaction.commit();
  return uid;
}

void add_report_output(Store& store, const std::string& id, const ReportOutput& output) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  put_output(db, id_of(db, id), output);
  transaction.commit();
}

ReportRow find_report(const Store& store, const std::string& id) {
  Connection& db = store.connection();
  const ReadTransaction snapshot(db);
  return load(db, id_of(db, id));
}

std::vector<ReportRow> reports(const Store& store) {
  Connection& db = store.connection();
  const ReadTransaction snapshot(db);
  std::vector<int64_t> ids;
  {
    auto s = db.prepare("SELECT id FROM report ORDER BY created_ms DESC, id DESC");
    while (s.step()) ids.push_back(s.integer(0));
  }
  std::vector<ReportRow> rows;
  for (const int64_t id : ids) rows.push_back(load(db, id));
  return rows;
}

std::string store_uuid(const Store& store) {
  auto statement = store.connection().prepare("SELECT value FROM meta WHERE key = 'store_uuid'");
  return statement.step() ? statement.text(0) : "";
}

}  // namespace rlreason::store
