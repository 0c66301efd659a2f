// The lock beside a store, and prepared statements.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>

#include "core/error.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

constexpr auto kLockWait = std::chrono::seconds(60);

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
  thread_local std::minstd_rand jitter(std::random_device{}());
  while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw StoreError("{}: required a lock, {}", path_.string(), std::strerror(errno));
    if (std::chrono::steady_clock::now() > deadline)
      throw StoreError(
          "{}: required the store's lock, another process has held it for a minute; end that "
          "process",
          path_.string());
    // Waiters of different pace: with equal ones the same process would win again and again.
    std::this_thread::sleep_for(pause * (50 + jitter() % 100) / 100);
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

}  // namespace rlreason::store
