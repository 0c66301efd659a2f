#include <chrono>

#include "core/digest.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/store/clock.h"
#include "core/store/schema.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

// A copy of the store as it was, beside it: VACUUM INTO needs no lock on the readers.
void keep_copy(Connection& connection, int64_t version) {
  const std::string copy = fmt::format("{}.v{}", connection.path().string(), version);
  if (std::filesystem::exists(copy)) return;
  const auto temporary = process::temporary_beside(copy).string();
  {
    std::string quoted;
    for (const char c : temporary) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    connection.execute("VACUUM INTO '" + quoted + "'");
  }
  process::rename(temporary, copy);
}

void migrate(Connection& connection) {
  WriteTransaction transaction(connection);
  const int64_t present =
      connection.integer("PRAGMA user_version");  // another process may have been faster
  for (const auto& migration : kMigrations) {
    if (migration.version <= present) continue;
    connection.execute(migration.sql);
    connection.prepare("INSERT INTO migration(version, name, sha256, applied_ms) VALUES(?,?,?,?)")
        .bind(migration.version, migration.name, sha256(migration.sql), now_ms())
        .run();
  }
  connection.execute(fmt::format("PRAGMA user_version = {}", schema_version()));
  if (present == 0)
    connection.prepare("INSERT INTO meta(key, value) VALUES('store_uuid', ?)")
        .bind(process::nonce())
        .run();
  transaction.commit();
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

void prepare_schema(Connection& connection, Mode mode) {
  const std::string path = connection.path().string();
  const int64_t version = connection.integer("PRAGMA user_version");
  const bool empty = connection.integer("SELECT COUNT(*) FROM sqlite_schema") == 0;
  const int64_t application = connection.integer("PRAGMA application_id");
  if (!empty && application != kApplicationId)
    throw StoreError(
        "{}: required a store of rlreason, another program's SQLite file came; name another with "
        "--store",
        path);
  if (version > schema_version())
    throw StoreError(
        "{}: required a store of version {} or older, version {} came from a newer rlreason; use "
        "that one",
        path, schema_version(), version);
  if (version == schema_version()) return check_hashes(connection);
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
  migrate(connection);
  check_hashes(connection);
}

}  // namespace rlreason::store
