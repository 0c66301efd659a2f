// Opening, refusing, asking: what a store does apart from ingesting.
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "core/error.h"
#include "core/store/snapshot.h"
#include "core/store/sqlite.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

class StoreFile : public StoreTest {
 protected:
  void raw(const std::string& sql) const {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  void TearDown() override {
    ::unsetenv("RLREASON_STORE_ONE_HOST");
    set_shared_file_systems([](const std::filesystem::path&) { return false; });
    StoreTest::TearDown();
  }
  static std::string pragma(const Store& store, const std::string& name) {
    std::string value;
    sqlite3_exec(
        store.connection().handle(), ("PRAGMA " + name).c_str(),
        [](void* to, int, char** columns, char**) {
          *static_cast<std::string*>(to) = columns[0];
          return 0;
        },
        &value, nullptr);
    return value;
  }
  std::string refusal(Mode mode) const {
    try {
      Store::open(file, mode);
    } catch (const StoreError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(StoreFile, ANewerVersionIsRefusedWithASentence) {
  Store::open(file);
  raw("PRAGMA user_version = 99; UPDATE meta SET value = '99' WHERE key IN('min_reader', "
      "'min_writer')");
  for (const auto mode : {Mode::read_write, Mode::read_only}) {
    EXPECT_NE(refusal(mode).find("version 99 came from a newer rlreason"), std::string::npos)
        << refusal(mode);
    EXPECT_NE(refusal(mode).find(file.string()), std::string::npos);
  }
}

TEST_F(StoreFile, ANewerVersionThatOnlyAddedThingsIsReadOrWritten) {
  Store::open(file).register_run(run_json("u1"), folder / "r");
  raw("CREATE TABLE later(a); ALTER TABLE run ADD COLUMN later TEXT; PRAGMA user_version = 99; "
      "UPDATE meta SET value = '99' WHERE key = 'min_writer'");
  EXPECT_NE(refusal(Mode::read_write).find("may read it, not write it"), std::string::npos);
  EXPECT_EQ(Store::open(file, Mode::read_only).runs().size(), 1u);
  EXPECT_EQ(open_up_to_date(file).runs().size(), 1u);
  raw("UPDATE meta SET value = '1' WHERE key = 'min_writer'");
  Store::open(file).register_run(run_json("u2"), folder / "r2");
  EXPECT_EQ(open_up_to_date(file).runs().size(), 2u);
  raw("DELETE FROM meta WHERE key = 'min_reader'");
  EXPECT_NE(refusal(Mode::read_only).find("newer rlreason"), std::string::npos);
}

TEST_F(StoreFile, ANetworkFileSystemIsRefusedWithTheWayOut) {
  { Store::open(file).register_run(run_json("u1"), folder / "r"); }
  const auto snapshot = folder / "snapshot.db";
  publish_snapshot(file, snapshot);
  const auto local = [](const std::filesystem::path&) { return false; };
  set_shared_file_systems([](const std::filesystem::path&) { return true; });
  EXPECT_NE(refusal(Mode::read_write).find("rlreason store snapshot"), std::string::npos);
  EXPECT_NE(refusal(Mode::read_write).find("RLREASON_STORE_ONE_HOST=1"), std::string::npos);
  EXPECT_EQ(open_up_to_date(snapshot).runs().size(), 1u);  // a snapshot is read there
  EXPECT_FALSE(std::filesystem::exists(snapshot.string() + "-shm"));
  EXPECT_FALSE(std::filesystem::exists(snapshot.string() + ".lock"));
  EXPECT_THROW(Store::open(folder / "new.db"), StoreError);
  EXPECT_FALSE(std::filesystem::exists(folder / "new.db"));

  ::setenv("RLREASON_STORE_ONE_HOST", "1", 1);
  {
    auto store = Store::open(file);
    store.register_run(run_json("u2"), folder / "r2");
    EXPECT_EQ(pragma(store, "journal_mode"), "wal");
    EXPECT_EQ(pragma(store, "locking_mode"), "exclusive");
    ::unsetenv("RLREASON_STORE_ONE_HOST");
    EXPECT_NE(refusal(Mode::read_only), "");  // with a log another may be writing
  }
  set_shared_file_systems(local);
  EXPECT_EQ(Store::open(file).runs().size(), 2u);
}

TEST_F(StoreFile, EveryConnectionHasThePragmasThatThePromisesNeed) {
  const auto store = Store::open(file);
  for (const auto mode : {Mode::read_write, Mode::read_only}) {
    const auto other = Store::open(file, mode);
    const std::map<std::string, std::string> expected = {
        {"journal_mode", "wal"},
        {"synchronous", "1"},
        {"foreign_keys", "1"},
        {"mmap_size", "0"},
        {"trusted_schema", "0"},
        {"page_size", "8192"},
        {"temp_store", "2"},
        {"cell_size_check", "1"},
        {"wal_autocheckpoint", "1000"},
        {"busy_timeout", "30000"},
        {"application_id", std::to_string(0x524C5253)}};
    for (const auto& [name, value] : expected) EXPECT_EQ(pragma(other, name), value) << name;
  }
}

TEST_F(StoreFile, OtherFilesAreRefusedUntouched) {
  std::ofstream(file) << "this is a text that is longer than a header of SQLite, "
                      << std::string(200, '.');
  const std::string before = process::read_file(file);
  EXPECT_NE(refusal(Mode::read_write), "");
  EXPECT_EQ(process::read_file(file), before);
  std::filesystem::remove(file);
  raw("CREATE TABLE t(a)");
  EXPECT_NE(refusal(Mode::read_write).find("another program"), std::string::npos)
      << refusal(Mode::read_write);
  std::filesystem::remove(file);
  EXPECT_NE(refusal(Mode::read_only).find("no such file"), std::string::npos);
  file = folder / "missing" / "s.db";
  EXPECT_NE(refusal(Mode::read_write).find("existing folder"), std::string::npos);
}

TEST_F(StoreFile, TablesOfAnotherBuildAreRefused) {
  Store::open(file);
  raw("UPDATE migration SET sha256 = 'x'");
  EXPECT_NE(refusal(Mode::read_write).find("another build"), std::string::npos);
}

TEST_F(StoreFile, ReadOnlyAnswersAndNeverWrites) {
  {
    auto store = Store::open(file);
    store.register_run(run_json("u1"), folder / "a");
  }
  auto reader = Store::open(file, Mode::read_only);
  EXPECT_EQ(reader.runs().size(), 1u);
  EXPECT_THROW(reader.register_run(run_json("u2"), folder / "b"), StoreError);
  EXPECT_EQ(reader.integrity_problem(), std::nullopt);
  auto writer = Store::open(file);  // beside an open reader
  writer.register_run(run_json("u3"), folder / "c");
  EXPECT_EQ(reader.runs().size(), 2u);
}

TEST_F(StoreFile, ACopyOnReadOnlyMediaAnswers) {
  { Store::open(file).register_run(run_json("u1"), folder / "a"); }
  std::filesystem::remove(file.string() + ".lock");
  ::chmod(file.c_str(), 0444);
  ::chmod(folder.c_str(), 0555);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(9);
    try {
      ::_exit(Store::open(file, Mode::read_only).runs().size() == 1 ? 0 : 1);
    } catch (const std::exception& error) {
      fprintf(stderr, "%s\n", error.what());
      ::_exit(2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::chmod(folder.c_str(), 0755);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(StoreFile, AForkedChildIsToldToOpenItsOwn) {
  auto store = Store::open(file);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      store.runs();
    } catch (const BugError&) {
      ::_exit(0);
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(StoreFile, RunsAreFiltered) {
  auto store = Store::open(file);
  json one = run_json("u1", 18446744073709551615ull), two = run_json("u2", 2);
  two["recipe"] = "sft";
  two["name"] = "sft [x]";
  two["created_ms"] = 2000;
  store.register_run(one, folder / "a");
  store.register_run(two, folder / "b");
  EXPECT_EQ(store.runs().front().uid, "u2");  // newest first
  EXPECT_EQ(store.runs({.recipe = "sft"}).size(), 1u);
  EXPECT_EQ(store.runs({.setting = "tiny"}).size(), 2u);
  EXPECT_EQ(store.runs({.name_glob = "luf*"}).size(), 1u);
  EXPECT_EQ(store.runs({.state = RunState::done}).size(), 0u);
  EXPECT_EQ(store.runs({.produced_by = "id-base"}).size(), 2u);
  ASSERT_EQ(store.runs({.seed = 18446744073709551615ull}).size(), 1u);
  EXPECT_EQ(store.runs({.seed = 18446744073709551615ull})[0].seed, 18446744073709551615ull);
  EXPECT_EQ(store.runs({.identity = "none"}).size(), 0u);
}

TEST_F(StoreFile, DetailHasTheConfigurationAndItsParameters) {
  auto store = Store::open(file);
  store.register_run(run_json("u1"), folder / "a");
  const auto detail = store.detail("u1");
  EXPECT_EQ(detail.config, run_json("u1")["config"]);
  ASSERT_EQ(detail.params.size(), 3u);
  EXPECT_EQ(detail.params[0].path, "clip.high");
  EXPECT_EQ(detail.params[0].value, 0.28);
  EXPECT_EQ(detail.params[1].value, true);
  EXPECT_EQ(detail.params[2].value, 9007199254740993);
  ASSERT_EQ(detail.producers.size(), 1u);
  EXPECT_EQ(detail.producers[0].path, "runs/base");
  EXPECT_EQ(detail.argv[2], "luffy");
}

TEST_F(StoreFile, HostileNamesAreOnlyText) {
  auto store = Store::open(file);
  const std::string name =
      std::string("'; DROP TABLE run; --\x1b[31m \xff %s \" * [", 36) + '\0' + "x";
  json run = run_json("u'1");
  run["name"] = name;
  run["recipe"] = "../../x";
  store.register_run(run, folder / "a");
  store.register_run(run_json("u2"), folder / "b");
  EXPECT_EQ(store.runs().size(), 2u);
  EXPECT_EQ(store.run("u'1")->name, name);
  EXPECT_EQ(store.find_run(name).uid, "u'1");
  EXPECT_NO_THROW(store.runs({.name_glob = "[[[*"}));
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
}

TEST_F(StoreFile, FindsByDirectoryUidNameAndBeginning) {
  auto store = Store::open(file);
  json other = run_json("abd");
  other["name"] = "sft-tiny";
  store.register_run(run_json("abc"), folder / "luffy-tiny-s0");
  store.register_run(other, folder / "sft-tiny-s0");
  EXPECT_EQ(store.find_run("abc").uid, "abc");
  EXPECT_EQ(store.find_run((folder / "sft-tiny-s0" / "").string()).uid, "abd");
  EXPECT_EQ(store.find_run("sft-tiny").uid, "abd");
  EXPECT_EQ(store.find_run("luf").uid, "abc");
  EXPECT_THROW(store.find_run("ab"), UserError);
  EXPECT_THROW(store.find_run(""), UserError);
  try {
    store.find_run("luffy-tny");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("'luffy-tiny'"), std::string::npos) << error.what();
  }
}

TEST_F(StoreFile, ExperimentsHaveCells) {
  auto store = Store::open(file);
  store.register_experiment({.name = "plan", .spec = {{"seeds", 2}}});
  store.register_experiment({.name = "plan"});
  store.register_variant("plan", {.label = "luffy", .identity = "id-luffy"});
  store.register_variant("plan", {.label = "sft", .identity = "id-sft", .role = "baseline"});
  for (uint64_t seed : {1, 0}) {
    const std::string uid = store.register_run(run_json(fmt::format("u{}", seed), seed),
                                               folder / fmt::format("r{}", seed));
    store.register_cell("plan", "luffy", uid);
    store.register_cell("plan", "luffy", uid);
  }
  const auto cells = store.cells("plan");
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[0].run.seed, 0u);
  EXPECT_EQ(cells[0].variant, "luffy");
  EXPECT_EQ(store.runs({.experiment = "plan"}).size(), 2u);
  EXPECT_THROW(store.register_cell("plan", "none", "u0"), UserError);
  EXPECT_THROW(store.register_variant("none", {.label = "x"}), UserError);
  store.register_variant("plan", {.label = "luffy", .identity = "id-changed"});
  EXPECT_TRUE(
      store.cells("plan").empty());  // the plan changed: these runs are of another configuration
  json linked = run_json("u9", 9);
  linked["experiment"] = "other";
  linked["variant"] = "v";
  store.register_run(linked, folder / "r9");
  EXPECT_EQ(store.cells("other").size(), 1u);
}

TEST_F(StoreFile, DatasetsAreKeptByDigest) {
  auto store = Store::open(file);
  store.register_dataset(
      {.name = "gsm8k", .digest = "d", .license = "MIT", .n_items = 3, .manifest = {{"rows", 3}}});
  store.register_dataset({.name = "gsm8k", .digest = "d", .license = "MIT", .n_items = 3});
  ASSERT_EQ(store.datasets().size(), 1u);
  EXPECT_EQ(store.datasets()[0].manifest["rows"], 3);
}

}  // namespace
}  // namespace rlreason::store
