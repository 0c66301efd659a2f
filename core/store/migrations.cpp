#include <chrono>

#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/store/clock.h"
#include "core/store/schema.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

// A copy of the store as it was, beside it; under the lock, so that nobody migrates meanwhile.
void keep_copy(Connection& connection, int64_t version) {
  const std::string copy = fmt::format("{}.v{}", connection.path().string(), version);
  connection.locked([&] {
    if (connection.integer("PRAGMA user_version") != version) return;  // another was faster
    const bool holds_data = connection.integer(
                                "SELECT EXISTS(SELECT 1 FROM run) OR EXISTS(SELECT 1 FROM "
                                "experiment) OR EXISTS(SELECT 1 FROM dataset)") != 0;
    if (holds_data && !std::filesystem::exists(copy)) connection.copy_to(copy);
  });
}

void put_meta(Connection& connection, const char* key, const std::string& value) {
  connection
      .prepare(
          "INSERT INTO meta(key, value) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value = "
          "excluded.value")
      .bind(key, value)
      .run();
}

// Tables, version and what is said about them change together or not at all.
void apply(Connection& connection, const Migration& migration) {
  WriteTransaction transaction(connection);
  const int64_t present =
      connection.integer("PRAGMA user_version");  // another process may have been faster
  if (present >= migration.version) return;
  connection.execute(migration.sql);
  connection.prepare("INSERT INTO migration(version, name, sha256, applied_ms) VALUES(?,?,?,?)")
      .bind(migration.version, migration.name, sha256(migration.sql), now_ms())
      .run();
  if (present == 0) put_meta(connection, "store_uuid", process::nonce());
  put_meta(connection, "min_reader", std::to_string(migration.min_reader));
  put_meta(connection, "min_writer", std::to_string(migration.min_writer));
  connection.execute(fmt::format("PRAGMA user_version = {}", migration.version));
  transaction.commit();
}

int64_t meta_number(Connection& connection, const char* key) {
  auto statement = connection.prepare("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?");
  statement.bind(key);
  return statement.step() && statement.integer(0) > 0 ? statement.integer(0) : INT64_MAX;
}

// A newer program's store says itself which older ones may still use it.
void check_newer(Connection& connection, Mode mode, int64_t version) {
  const int64_t oldest_reader = meta_number(connection, "min_reader"),
                oldest_writer = meta_number(connection, "min_writer");
  const bool readable = oldest_reader <= schema_version();
  if (readable && (mode == Mode::read_only || oldest_writer <= schema_version())) return;
  throw StoreError(
      "{}: required a store of version {} or older, version {} came from a newer rlreason{}; use "
      "that one",
      connection.path().string(), schema_version(), version,
      readable ? " (this one may read it, not write it)" : "");
}

void check_hashes(Connection& connection) {
  auto statement = connection.prepare("SELECT version, sha256 FROM migration");
  while (statement.step())
    for (const auto& migration : kMigrations)
      if (migration.version == statement.integer(0) && sha256(migration.sql) != statement.text(1))
        throw StoreError(
            "{}: required tables as this program knows them, version {} was made by another build; "
            "use another file with --store",
            connection.path().string(), migration.version);
}

}  // namespace

int64_t schema_version() { return kMigrations.back().version; }

int64_t stored_version(const std::filesystem::path& path) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int64_t version = 0;
  if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    version = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_close(db);
  return version;
}

void prepare_schema(Connection& connection, Mode mode, Connection::Older older) {
  const std::string path = connection.path().string();
  const int64_t version = connection.integer("PRAGMA user_version");
  const bool empty = connection.integer("SELECT COUNT(*) FROM sqlite_schema") == 0;
  const int64_t application = connection.integer("PRAGMA application_id");
  if (!empty && application != kApplicationId)
    throw StoreError(
        "{}: required a store of rlreason, another program's SQLite file came; name another with "
        "--store",
        path);
  if (version > schema_version()) return check_newer(connection, mode, version);
  if (version == schema_version()) return check_hashes(connection);
  if (mode == Mode::read_only && !empty && older == Connection::Older::as_it_is) return;
  if (mode == Mode::read_only)
    throw StoreError(
        "{}: required a store of version {}, version {} came; a command that writes to it brings "
        "it "
        "up to date",
        path, schema_version(), version);
  if (empty)
    connection.initialise_file();
  else
    keep_copy(connection, version);
  for (const auto& migration : kMigrations)
    if (migration.version > version) apply(connection, migration);
  check_hashes(connection);
}

}  // namespace rlreason::store
