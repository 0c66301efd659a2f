#include "core/store/sqlite.h"

#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "core/error.h"
#include "core/machine.h"
#include "core/process/io.h"

namespace rlreason::store {
namespace {

constexpr int kBusyTimeoutMs = 30000;

std::function<bool(const std::filesystem::path&)> g_is_shared =
    [](const std::filesystem::path& folder) { return file_system(folder).shared; };

// Locks and shared memory may not hold over a network, and a probe cannot tell: SQLite answers "wal" there all the same.
enum class Place { local, one_host, shared };

Place place_of(const std::filesystem::path& store) {
  const auto folder = store.has_parent_path() ? store.parent_path() : std::filesystem::path(".");
  if (!g_is_shared(folder)) return Place::local;
  const char* one_host = std::getenv(kOneHostVariable);
  return one_host != nullptr && std::string_view(one_host) == "1" ? Place::one_host : Place::shared;
}

[[noreturn]] void refuse_shared(const std::filesystem::path& store) {
  throw StoreError(
      "{}: required a local disk for the store, {} came, where locks may not hold; keep it on a "
      "local disk (--store, "
      "RLREASON_STORE) and publish it with 'rlreason store snapshot', or set {}=1 when only one "
      "process of one host ever "
      "opens it",
      store.string(), file_system(store).type, kOneHostVariable);
}

std::string uri(const std::filesystem::path& path, std::string_view query) {
  std::string result = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#')
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + std::string(query);
}

}  // namespace

void set_shared_file_systems(std::function<bool(const std::filesystem::path&)> is_shared) {
  g_is_shared = std::move(is_shared);
}

Connection::Connection(std::filesystem::path path, Mode mode, Older older)
    : path_(std::move(path)), mode_(mode), pid_(::getpid()) {
  try {
    open_file(mode);
    prepare_schema(*this, mode, older);
  } catch (...) {
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    if (db_ != nullptr) sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_close(db_);
    throw;
  }
}

void Connection::open_file(Mode mode) {
  if (path_.empty()) throw StoreError("--store: required a file name, an empty one came");
  if (mode == Mode::read_only && !std::filesystem::exists(path_))
    throw StoreError(
        "{}: required a store, no such file; a run, a sweep or --store makes or names one",
        path_.string());
  if (mode == Mode::read_write) {
    const auto folder = path_.parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder))
      throw StoreError("{}: required an existing folder for the store, found none; create {}",
                       path_.string(), folder.string());
  }
  const Place place = place_of(path_);
  const bool log_exists = std::filesystem::exists(path_.string() + "-wal");
  if (place == Place::shared && (mode == Mode::read_write || log_exists)) refuse_shared(path_);
  if (mode == Mode::read_write) lock_ = std::make_unique<FileLock>(path_.string() + ".lock");
  const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const auto open = [&](std::string_view query) {
    sqlite3_close(db_);
    db_ = nullptr;
    if (sqlite3_open_v2(uri(path_, query).c_str(), &db_, flags, nullptr) != SQLITE_OK) return false;
    sqlite3_busy_timeout(db_, kBusyTimeoutMs);
    if (place == Place::one_host)  // before the first read: then the log needs no shared memory
      sqlite3_exec(db_, "PRAGMA locking_mode = EXCLUSIVE", nullptr, nullptr, nullptr);
    return sqlite3_exec(db_, "PRAGMA schema_version", nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  const bool opened =
      open(place == Place::shared ? "?immutable=1" : "");  // a snapshot: nobody writes to it
  // A copy on read-only media has no shared-memory file and cannot get one; without a log nothing can change in it.
  const bool alone = !opened && mode == Mode::read_only && !log_exists;
  if (!opened && !(alone && open("?immutable=1"))) fail("required a readable SQLite file");
  // Only checkpoints under the lock: a reader leaves the log to the next writer.
  if (mode == Mode::read_only) sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  execute(
      "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA "
      "cache_size = -65536;"
      "PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = "
      "67108864;"
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
}

Connection::~Connection() {
  if (pid_ != ::getpid()) return;  // a forked copy: closing would drop the parent's file locks
  // Closing the last connection checkpoints the log: under the lock like every other checkpoint.
  bool locked = false;
  if (lock_) {
    try {
      lock_->lock();
      locked = true;
    } catch (const Error&) {
      sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
  }
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
  if (locked) lock_->unlock();
}

void Connection::fail(const std::string& what) const {
  throw StoreError("{}: {}, {}", path_.string(), what,
                   db_ == nullptr ? "out of memory" : sqlite3_errmsg(db_));
}

void Connection::check_process() const {
  RLR_ENSURE(pid_ == ::getpid(), "the store was opened before a fork; open it again in the child");
}

Statement Connection::prepare(std::string_view sql) {
  check_process();
  auto it = statements_.find(sql);
  if (it == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr) != SQLITE_OK)
      fail(fmt::format("required '{}' to be prepared", sql));
    it = statements_.emplace(std::string(sql), statement).first;
  }
  RLR_ENSURE(sqlite3_stmt_busy(it->second) == 0, "statement in use: {}", sql);
  RLR_ENSURE(writing_ || sqlite3_stmt_readonly(it->second) != 0,
             "a write outside a write transaction: {}", sql);
  return Statement(db_, it->second, path_);
}

void Connection::execute(const std::string& sql) {
  check_process();
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(fmt::format("required '{}' to succeed", sql.substr(0, sql.find(';'))));
}

int64_t Connection::integer(const std::string& sql) {
  auto statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

void Connection::locked(const std::function<void()>& body) {
  RLR_ENSURE(lock_ != nullptr && !writing_, "lock of {}", path_.string());
  lock_->lock();
  try {
    body();
  } catch (...) {
    lock_->unlock();
    throw;
  }
  lock_->unlock();
}

void Connection::initialise_file() {
  locked([&] {
    execute(fmt::format(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA application_id = {}",
        kApplicationId));
  });
}

void Connection::copy_to(const std::filesystem::path& file) {
  const auto temporary = process::temporary_beside(file);
  std::string quoted;
  for (const char c : temporary.string())
    quoted += c == '\'' ? std::string("''") : std::string(1, c);
  try {
    execute("VACUUM INTO '" + quoted + "'");
  } catch (...) {
    process::remove_file(temporary);
    throw;
  }
  auto copy = process::OutputFile::append(temporary);
  copy.sync();
  copy.close();
  process::rename(temporary, file);
  process::sync_directory(file.has_parent_path() ? file.parent_path() : ".");
}

int64_t Connection::last_id() const { return sqlite3_last_insert_rowid(db_); }

WriteTransaction::WriteTransaction(Connection& connection) : connection_(connection) {
  if (connection.mode_ != Mode::read_write)
    throw StoreError("{}: required a store opened for writing, it was opened read-only",
                     connection.path_.string());
  RLR_ENSURE(!connection.writing_, "nested write transaction");
  connection.check_process();
  connection.lock_->lock();
  try {
    connection.execute("BEGIN IMMEDIATE");
  } catch (...) {
    connection.lock_->unlock();
    throw;
  }
  connection.writing_ = open_ = true;
}

void WriteTransaction::commit() {
  connection_.execute("COMMIT");
  open_ = connection_.writing_ = false;
  connection_.lock_->unlock();
}

WriteTransaction::~WriteTransaction() {
  if (!open_) return;
  sqlite3_exec(connection_.db_, "ROLLBACK", nullptr, nullptr, nullptr);
  connection_.writing_ = false;
  connection_.lock_->unlock();
}

ReadTransaction::ReadTransaction(Connection& connection) : connection_(connection) {
  connection.execute("BEGIN");
}

ReadTransaction::~ReadTransaction() {
  sqlite3_exec(connection_.db_, "COMMIT", nullptr, nullptr, nullptr);
}

std::string sqlite_version() {
  const bool fixed = sqlite3_libversion_number() >= 3051003;
  return fmt::format(
      "SQLite {}{}", sqlite3_libversion(),
      fixed
          ? ""
          : " (its write-ahead log needs our lock file: do not write to a store with other tools)");
}

}  // namespace rlreason::store
