// SIGKILL before and after every SQL statement of a migration: the store is wholly old or wholly new, and opens.
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "core/store/schema.h"
#include "core/store/tags.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

int g_seen = 0, g_kill_at = 0;

int count_or_die(unsigned, void*, void*, void*) {
  if (++g_seen == g_kill_at) ::raise(SIGKILL);
  return 0;
}
int watch(sqlite3* db, const char**, const void*) {  // called by SQLite for every new connection
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, count_or_die, nullptr);
}

class MigrationKill : public StoreTest {
 protected:
  // What a program of version 1 would have left: its own tables and one run.
  void make_old(const std::filesystem::path& at) const {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(at.c_str(), &db), SQLITE_OK);
    const auto& first = kMigrations[0];
    const std::string sql = fmt::format(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA application_id = {}; BEGIN; {} "
        "INSERT INTO meta VALUES('store_uuid', 'abc'); "
        "INSERT INTO blob VALUES('d', 'config', 0, 2, '{{}}'); "
        "INSERT INTO run(uid, name, kind, recipe, setting, seed, identity, config_digest, argv, "
        "build, directory, state, state_ms, created_ms) VALUES('u1', 'old', 'train', 'r', 's', 1, "
        "'i', 'd', '[]', 'b', '/nowhere', 'done', 1, 1); PRAGMA user_version = 1; COMMIT;",
        0x524C5253, first.sql);
    char* error = nullptr;
    ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(db);
  }
  static int64_t version(const std::filesystem::path& at) {
    sqlite3* db = nullptr;
    sqlite3_stmt* s = nullptr;
    sqlite3_open_v2(at.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, nullptr);
    sqlite3_step(s);
    const int64_t value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    // Columns of the newest migration are there exactly when the number says so.
    const bool columns = sqlite3_prepare_v2(db, "SELECT code_id, boot_id FROM attempt", -1, &s,
                                            nullptr) == SQLITE_OK;
    const bool last_table =
        sqlite3_prepare_v2(db, "SELECT * FROM rung_value", -1, &s, nullptr) == SQLITE_OK;
    const bool neutral =
        sqlite3_prepare_v2(db, "SELECT reason FROM neutral", -1, &s, nullptr) == SQLITE_OK;
    sqlite3_close_v2(db);
    EXPECT_EQ(columns, value >= 2);
    EXPECT_EQ(last_table, value >= 2);
    EXPECT_EQ(neutral, value >= 3);
    return value;
  }
  // True when the child died of the kill.
  static bool open_and_die_at(const std::filesystem::path& at, int statement) {
    const pid_t child = ::fork();
    if (child == 0) {
      g_seen = 0, g_kill_at = statement;
      sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
      try {
        Store::open(at);
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
  }
};

TEST_F(MigrationKill, AnOldStoreIsOldOrNewAfterAnyStatement) {
  std::map<int64_t, int> left;  // version -> how many kills left a store of it
  for (int at = 1;; ++at) {
    const auto store = folder / fmt::format("s{}.db", at);
    make_old(store);
    if (!open_and_die_at(store, at)) break;
    ++left[version(store)];
    Store opened = Store::open(store);  // goes on from there
    EXPECT_EQ(opened.integrity_problem(), std::nullopt);
    EXPECT_EQ(opened.runs().size(), 1u) << at;
    add_tag(opened, "u1", "kept");
    EXPECT_EQ(version(store), kMigrations.back().version);
    EXPECT_TRUE(std::filesystem::exists(store.string() + ".v1"));
    EXPECT_EQ(version(store.string() + ".v1"), 1) << at;  // the copy is of the old store
    std::filesystem::remove(store);
  }
  EXPECT_GT(left[1], 30);
  for (const Migration& migration : kMigrations) EXPECT_GT(left[migration.version], 0);
}

TEST_F(MigrationKill, ANewStoreIsEmptyOrWholeAfterAnyStatement) {
  int at = 1;
  for (;; at += 3) {  // statements and their ends alternate: both kinds
    const auto store = folder / fmt::format("n{}.db", at);
    if (!open_and_die_at(store, at)) break;
    Store opened = Store::open(store);
    EXPECT_EQ(opened.integrity_problem(), std::nullopt);
    EXPECT_TRUE(opened.runs().empty());
    EXPECT_FALSE(std::filesystem::exists(store.string() + ".v0"));
  }
  EXPECT_GT(at, 60);
}

}  // namespace
}  // namespace rlreason::store
