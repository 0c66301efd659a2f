#include "core/store/tags.h"

#include <algorithm>

#include "core/error.h"
#include "core/store/clock.h"
#include "core/store/internal.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

constexpr size_t kTagLength = 64;
constexpr size_t kNoteBytes = size_t{64} << 10;

void check_tag(const std::string& tag) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:/+-").find(c) != std::string_view::npos;
  };
  if (tag.empty() || tag.size() > kTagLength || !std::all_of(tag.begin(), tag.end(), fits))
    throw UserError("tag: required 1 to {} of the characters A-Z a-z 0-9 . _ : / + -, '{}' came",
                    kTagLength, tag.substr(0, kTagLength));
}

}  // namespace

void add_tag(Store& store, const std::string& run_uid, const std::string& tag) {
  check_tag(tag);
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  db.prepare("INSERT OR IGNORE INTO tag(run_id, tag) VALUES(?,?)")
      .bind(known_run_id(db, run_uid), tag)
      .run();
  transaction.commit();
}

bool remove_tag(Store& store, const std::string& run_uid, const std::string& tag) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  auto statement = db.prepare("DELETE FROM tag WHERE run_id = ? AND tag = ? RETURNING 1");
  statement.bind(known_run_id(db, run_uid), tag);
  const bool removed = statement.step();
  statement.reset();
  transaction.commit();
  return removed;
}

std::vector<std::string> tags(const Store& store, const std::string& run_uid) {
  Connection& db = store.connection();
  std::vector<std::string> rows;
  auto statement = db.prepare("SELECT tag FROM tag WHERE run_id = ? ORDER BY tag");
  statement.bind(known_run_id(db, run_uid));
  while (statement.step()) rows.push_back(statement.text(0));
  return rows;
}

std::map<std::string, std::vector<std::string>> all_tags(const Store& store) {
  std::map<std::string, std::vector<std::string>> rows;
  auto statement = store.connection().prepare(
      "SELECT r.uid, t.tag FROM tag t JOIN run r ON r.id = t.run_id ORDER BY t.run_id, t.tag");
  while (statement.step()) rows[statement.text(0)].push_back(statement.text(1));
  return rows;
}

void add_note(Store& store, const std::string& run_uid, const std::string& text,
              const std::string& author) {
  if (text.empty() || text.size() > kNoteBytes)
    throw UserError("note: required a text of 1 to {} bytes, {} came", kNoteBytes, text.size());
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  db.prepare("INSERT OR IGNORE INTO note(run_id, t_ms, author, text) VALUES(?,?,?,?)")
      .bind(known_run_id(db, run_uid), now_ms(), author, text)
      .run();
  transaction.commit();
}

std::vector<NoteRow> notes(const Store& store, const std::string& run_uid) {
  Connection& db = store.connection();
  std::vector<NoteRow> rows;
  auto statement =
      db.prepare("SELECT t_ms, author, text FROM note WHERE run_id = ? ORDER BY t_ms, id");
  statement.bind(known_run_id(db, run_uid));
  while (statement.step())
    rows.push_back({statement.integer(0), statement.text(1), statement.text(2)});
  return rows;
}

void add_event(Store& store, const std::string& run_uid, const std::string& kind,
               const nlohmann::json& payload) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  db.prepare("INSERT INTO event(run_id, t_ms, kind, json) VALUES(?,?,?,?)")
      .bind(known_run_id(db, run_uid), now_ms(), kind, dump(payload))
      .run();
  transaction.commit();
}

}  // namespace rlreason::store
