// A thin layer over SQLite for this directory: connection, statement, locked write transaction.  Nothing else includes
// SQLite, and nothing outside core/store includes this.
//
// Errors: StoreError with the store's path and SQLite's sentence.
// Thread safety: one Connection per thread; it refuses to work in a process other than the one that opened it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/store/store.h"

namespace rlreason::store {

// The advisory lock beside a store: every commit and every checkpoint happens under it.
class FileLock {
 public:
  explicit FileLock(std::filesystem::path path);  // opens or creates the file
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  void lock();  // waits up to a minute, then StoreError
  void unlock();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

// A prepared statement, reset when it goes out of scope.  Parameters are numbered from 1 in the order of bind().
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement, const std::filesystem::path& path)
      : db_(db), statement_(statement), path_(path) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Values>
  Statement& bind(const Values&... values) {
    (bind_one(values), ...);
    return *this;
  }
  bool step();  // true: a row is there
  void run();   // REQUIRES: no rows come
  void reset();

  bool null(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;  // NULL is NaN
  std::string text(int column) const;
  std::string_view bytes(int column) const;           // valid until the next step
  std::span<const double> doubles(int column) const;  // of a blob of f64, valid until the next step

 private:
  void bind_one(int64_t value);
  void bind_one(int value) { bind_one(int64_t{value}); }
  void bind_one(double value);  // NaN becomes NULL
  void bind_one(std::string_view value);
  void bind_one(const std::string& value) { bind_one(std::string_view(value)); }
  void bind_one(const char* value) { bind_one(std::string_view(value)); }
  void bind_one(std::span<const double> values) { bind_one(std::as_bytes(values)); }
  void bind_one(std::span<const std::byte> bytes);
  template <class T>
  void bind_one(const std::optional<T>& value) {
    value ? bind_one(*value) : bind_null();
  }
  void bind_null();
  void check(int code) const;

  sqlite3* db_;
  sqlite3_stmt* statement_;
  const std::filesystem::path& path_;
  int next_ = 1;
};

class Connection {
 public:
  // as_it_is: a reader takes tables of an older version too, to copy them.
  enum class Older { migrate, as_it_is };
  Connection(std::filesystem::path path, Mode mode, Older older = Older::migrate);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Statement prepare(std::string_view sql);  // prepared once per connection and text
  void execute(const std::string& sql);     // any number of statements without parameters
  int64_t integer(
      const std::string& sql);  // the first column of the first row, 0 when there is none
  int64_t last_id() const;
  sqlite3* handle() const { return db_; }  // for sql.cpp's limits
  const std::filesystem::path& path() const { return path_; }
  void initialise_file();  // an empty file becomes a store without tables
  // A compact copy of what is committed now, complete and durable before it has its name.
  void copy_to(const std::filesystem::path& file);
  void locked(const std::function<void()>& body);  // REQUIRES: read_write, no write transaction

 private:
  friend class WriteTransaction;
  friend class ReadTransaction;
  void open_file(Mode mode);
  void check_process() const;  // BugError after a fork
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  Mode mode_;
  int pid_;
  sqlite3* db_ = nullptr;
  std::unique_ptr<FileLock> lock_;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
  bool writing_ = false;
};

// BEGIN IMMEDIATE under the lock; rolls back unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(Connection& connection);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = false;
};

// One snapshot for several statements.
class ReadTransaction {
 public:
  explicit ReadTransaction(Connection& connection);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Connection& connection_;
};

// Set to 1, a store on a network file system is opened for this process alone (locking_mode EXCLUSIVE).
inline constexpr const char* kOneHostVariable = "RLREASON_STORE_ONE_HOST";
// For tests: which folders count as network file systems.
void set_shared_file_systems(std::function<bool(const std::filesystem::path&)> is_shared);

// --- migrations.cpp ---
inline constexpr int64_t kApplicationId = 0x524C5253;  // "RLRS"
int64_t schema_version();                              // of this program
int64_t stored_version(
    const std::filesystem::path& path);                  // of a file, without opening it as a store
// Creates, migrates or refuses.
void prepare_schema(Connection& connection, Mode mode,
                    Connection::Older older = Connection::Older::migrate);

}  // namespace rlreason::store
