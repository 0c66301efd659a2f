#include "core/store/sql.h"

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "core/error.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestSql = size_t{64} << 10;
constexpr int kLongestCell = 16 << 20;

// Only reading; functions that load code or open files are not ours, but a build of SQLite may have them.
int authorize(void*, int action, const char*, const char* name, const char*, const char*) {
  if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE)
    return SQLITE_OK;
  if (action != SQLITE_FUNCTION || name == nullptr) return SQLITE_DENY;
  for (const char* banned :
       {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "fsdir", "lsmode"})
    if (sqlite3_stricmp(name, banned) == 0) return SQLITE_DENY;
  return SQLITE_OK;
}

int past_deadline(void* deadline) {
  return Clock::now() > *static_cast<Clock::time_point*>(deadline);
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Owned = std::unique_ptr<sqlite3_stmt, Finalize>;

void restrict_to_reading(sqlite3* db) {
  sqlite3_exec(db, "PRAGMA query_only = ON", nullptr, nullptr, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kLongestCell);
  sqlite3_set_authorizer(db, authorize, nullptr);
}

Owned prepared(sqlite3* db, const std::string& sql) {
  const auto refuse = [&](const std::string& what) {
    return UserError(
        "store sql: required one SELECT, {}; e.g. \"SELECT recipe, COUNT(*) FROM run GROUP BY "
        "recipe\"",
        what);
  };
  if (sql.size() > kLongestSql) throw refuse(fmt::format("{} bytes came", sql.size()));
  if (sql.find('\0') != std::string::npos) throw refuse("a NUL byte came");
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()), &raw, &rest);
  Owned statement(raw);
  if (code == SQLITE_AUTH) throw refuse("a statement that may change or open something came");
  if (code != SQLITE_OK) throw refuse(sqlite3_errmsg(db));
  if (!statement) throw refuse("nothing came");
  if (sqlite3_stmt_readonly(raw) == 0) throw refuse("a statement that changes something came");
  for (const char* c = rest; c != nullptr && *c != '\0'; ++c)
    if (std::strchr(" \t\r\n;", *c) == nullptr) throw refuse("more than one came");
  return statement;
}

nlohmann::json cell(sqlite3_stmt* statement, int column) {
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: {
      const double value = sqlite3_column_double(statement, column);
      if (std::isfinite(value)) return value;
      return value > 0 ? "inf" : "-inf";
    }
    case SQLITE_TEXT:
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, column)),
                         size);
    case SQLITE_BLOB:
      return {{"blob_bytes", size}};
    default:
      return nullptr;
  }
}

}  // namespace

SqlAnswer answer_sql(const std::filesystem::path& store, const std::string& sql,
                     const SqlLimits& limits) {
  Connection connection(store, Mode::read_only);
  sqlite3* db = connection.handle();
  restrict_to_reading(db);
  Clock::time_point deadline = Clock::now() + limits.time;
  sqlite3_progress_handler(db, 1000, past_deadline, &deadline);
  const Owned statement = prepared(db, sql);
  SqlAnswer answer;
  const int columns = sqlite3_column_count(statement.get());
  for (int c = 0; c < columns; ++c)
    answer.columns.emplace_back(sqlite3_column_name(statement.get(), c));
  for (;;) {
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return answer;
    if (code == SQLITE_INTERRUPT)
      throw DeadlineError(
          "store sql: required an answer within {} ms, none came; add a WHERE or --seconds",
          limits.time.count());
    if (code != SQLITE_ROW) throw UserError("store sql: {}", sqlite3_errmsg(db));
    if (static_cast<int64_t>(answer.rows.size()) == limits.rows) {
      answer.more = true;
      return answer;
    }
    auto& row = answer.rows.emplace_back();
    for (int c = 0; c < columns; ++c) row.push_back(cell(statement.get(), c));
  }
}

}  // namespace rlreason::store
