#include "core/store/sqlite.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "core/error.h"
#include "core/process/io.h"

namespace rlreason::store {
namespace {

constexpr auto kLockWait = std::chrono::seconds(60);
constexpr int kBusyTimeoutMs = 30000;

// WAL needs memory shared between processes, which network and user-space filesystems do not promise.
bool shared_memory_is_safe(const std::filesystem::path& folder) {
  constexpr std::array<uint64_t, 9> kRemote = {0x6969,     0x517B,     0xFF534D42,
                                               0xFE534D42, 0x0BD00BD0, 0x47504653,
                                               0x00C36400, 0x01021997, 0x65735546};
  struct statfs info = {};
  if (::statfs(folder.empty() ? "." : folder.c_str(), &info) != 0) return true;
  const auto type = static_cast<uint32_t>(info.f_type);
  return std::find(kRemote.begin(), kRemote.end(), type) == kRemote.end();
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

FileLock::FileLock(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0)
    throw StoreError(
        "{}: required a lock file that can be written, {}; check the folder and its permissions",
        path_.string(), std::strerror(errno));
}

FileLock::~FileLock() { ::close(descriptor_); }

void FileLock::lock() {
  const auto deadline = std::chrono::steady_clock::now() + kLockWait;
  auto pause = std::chrono::microseconds(200);
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw StoreError("{}: required a lock, {}", path_.string(), std::strerror(errno));
    if (std::chrono::steady_clock::now() > deadline)
      throw StoreError(
          "{}: required the store's lock, another process has held it for a minute; end that "
          "process",
          path_.string());
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(10000));
  }
}

void FileLock::unlock() { ::flock(descriptor_, LOCK_UN); }

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw StoreError("{}: {}", path_.string(), sqlite3_errmsg(db_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw StoreError("{}: {}", path_.string(), sqlite3_errmsg(db_));
}

void Statement::run() { RLR_ENSURE(!step(), "{}", sqlite3_sql(statement_)); }

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  next_ = 1;
}

bool Statement::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const {
  return null(column) ? std::nan("") : sqlite3_column_double(statement_, column);
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

std::string Statement::text(int column) const { return std::string(bytes(column)); }

std::span<const double> Statement::doubles(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return {static_cast<const double*>(data), data == nullptr ? 0 : size / sizeof(double)};
}

void Statement::bind_one(int64_t value) { check(sqlite3_bind_int64(statement_, next_++, value)); }

void Statement::bind_one(double value) { check(sqlite3_bind_double(statement_, next_++, value)); }

void Statement::bind_one(std::string_view value) {
  // A view without data would be bound as NULL.
  check(sqlite3_bind_text64(statement_, next_++, value.data() == nullptr ? "" : value.data(),
                            value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_one(std::span<const std::byte> bytes) {
  if (bytes.empty())
    check(sqlite3_bind_zeroblob(statement_, next_++, 0));
  else
    check(sqlite3_bind_blob64(statement_, next_++, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
}

void Statement::bind_null() { check(sqlite3_bind_null(statement_, next_++)); }

Connection::Connection(std::filesystem::path path, Mode mode)
    : path_(std::move(path)), mode_(mode), pid_(::getpid()) {
  try {
    open_file(mode);
    prepare_schema(*this, mode);
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
    lock_ = std::make_unique<FileLock>(path_.string() + ".lock");
  }
  const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const auto open = [&](std::string_view query) {
    sqlite3_close(db_);
    db_ = nullptr;
    if (sqlite3_open_v2(uri(path_, query).c_str(), &db_, flags, nullptr) != SQLITE_OK) return false;
    sqlite3_busy_timeout(db_, kBusyTimeoutMs);
    return sqlite3_exec(db_, "PRAGMA schema_version", nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  const bool opened = open("");
  // A copy on read-only media has no shared-memory file and cannot get one; without a log nothing can change in it.
  const bool alone =
      !opened && mode == Mode::read_only && !std::filesystem::exists(path_.string() + "-wal");
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
    const bool log = shared_memory_is_safe(path_.parent_path());
    execute(
        fmt::format("PRAGMA page_size = 8192; PRAGMA journal_mode = {}; PRAGMA application_id = {}",
                    log ? "WAL" : "DELETE", kApplicationId));
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
