// Looking after a store: check, SQL by hand, archives, cleaning up, snapshots, migrating on purpose.
#include <sqlite3.h>

#include <fstream>
#include <set>

#include "core/error.h"
#include "core/process/lock.h"
#include "core/store/archive.h"
#include "core/store/check.h"
#include "core/store/gc.h"
#include "core/store/invalidations.h"
#include "core/store/published.h"
#include "core/store/reports.h"
#include "core/store/snapshot.h"
#include "core/store/sql.h"
#include "core/store/tags.h"
#include "core/store/trials.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

class Maintenance : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    runs = folder / "runs";
    std::filesystem::create_directories(runs);
  }
  std::filesystem::path recorded(const std::string& uid, int steps, json run = {}) const {
    if (run.is_null()) run = run_json(uid);
    const auto directory = make_run("runs/" + uid, run);
    json greeting = hello();
    greeting["code"] = {{"source", "s-" + uid}};
    greeting["environment"] = {{"cpu", "c"}};
    Writer writer(directory, "0001-" + uid, greeting);
    for (int i = 0; i < steps; ++i) writer.append(Kind::step, step(i, 0.1 * i));
    writer.append(Kind::eval,
                  eval("hard", 1, {{{"id", "q"}, {"samples", {sample(0, "right", "1")}}}}));
    writer.append(Kind::event, {{"kind", "note"}, {"text", uid}});
    writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", steps - 1}});
    return directory;
  }
  // Everything that a reader sees of the chosen runs.
  static std::string contents(const Store& store) {
    json all = json::array();
    std::set<std::string> uids;
    for (const auto& row : store.runs()) uids.insert(row.uid);
    for (const auto& uid : uids) {
      const auto detail = store.detail(uid);
      all.push_back({uid, detail.config, detail.row.iteration, to_string(detail.row.state),
                     detail.events.size()});
      for (const auto& m : detail.metrics) all.push_back({m.metric, m.n, m.last, m.mean});
      for (const auto& [name, curve] : store.curves(uid))
        for (const auto& point : curve) all.push_back({name, point.iteration, point.value});
      for (const auto& facts : store.all_facts(uid))
        all.push_back({facts.row.key.suite, facts.items.size()});
      all.push_back(tags(store, uid));
      for (const auto& note : notes(store, uid)) all.push_back({note.t_ms, note.text});
    }
    for (const auto& report : reports(store))
      all.push_back({report.id, report.runs, report.result});
    for (const auto& row : invalidations(store)) all.push_back({row.uid, row.reason, row.runs});
    return all.dump();
  }
  void raw(const std::string& sql, const std::filesystem::path& at) const {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(at.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  static std::string kinds(const CheckReport& report) {
    std::string all;
    for (const auto& problem : report.problems) all += problem.kind + " ";
    return all;
  }
  std::filesystem::path runs;
};

TEST_F(Maintenance, CheckNamesDamageAndDisagreement) {
  auto store = Store::open(file);
  for (const char* uid : {"a", "b", "c"}) store.ingest(recorded(uid, 20));
  const auto sound = check_store(store, runs);
  EXPECT_EQ(kinds(sound), "");
  EXPECT_EQ(sound.runs, 3);
  EXPECT_EQ(sound.points, 3 * 2 * 20);
  recorded("d", 1);
  std::filesystem::remove_all(runs / "a");
  std::filesystem::resize_file(runs / "b" / "log" / "0001-b" / "00000000.rls", 10);
  std::ofstream(folder / "rlreason.db.tmp.0123456789abcdef") << "x";
  EXPECT_EQ(kinds(check_store(store, runs)),
            "cursor directory unregistered ");  // the copy may still be written
  std::filesystem::last_write_time(
      folder / "rlreason.db.tmp.0123456789abcdef",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(kinds(check_store(store, runs)), "cursor directory unregistered leftover ");
  EXPECT_FALSE(check_store(store, runs).damaged());
  raw("UPDATE blob SET data = data || ' ' WHERE kind = 'config'; UPDATE chunk SET data = x'00' "
      "WHERE id = 1",
      file);
  const auto damaged = check_store(store, runs);
  EXPECT_TRUE(damaged.damaged());
  EXPECT_EQ(kinds(damaged), "damage cursor damage directory unregistered leftover ");
}

TEST_F(Maintenance, SqlReadsAndDoesNothingElse) {
  Store::open(file).ingest(recorded("a", 5));
  const auto answer = answer_sql(file, "SELECT uid, seed, NULL, 0.5, x'0102', 9e999 FROM run;  ");
  EXPECT_EQ(answer.columns.at(1), "seed");
  EXPECT_EQ(json(answer.rows), json::parse(R"([["a", 0, null, 0.5, {"blob_bytes": 2}, "inf"]])"));
  EXPECT_EQ(
      answer_sql(file,
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
                 {.rows = 7})
          .rows.size(),
      7u);
  for (const std::string bad :
       {"", ";", "DELETE FROM run", "INSERT INTO tag VALUES(1,'x')", "DROP TABLE run",
        "PRAGMA user_version = 9", "PRAGMA query_only = OFF", "ATTACH '/tmp/x' AS x",
        "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE run", "VACUUM", "CREATE TEMP TABLE t(a)",
        "BEGIN", "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')",
        "SELECT writefile('x','y')", "nonsense", "SELECT * FROM absent", "EXPLAIN DELETE FROM run"})
    EXPECT_THROW(answer_sql(file, bad), UserError) << bad;
  EXPECT_THROW(answer_sql(file, std::string("SELECT 1\0", 9)), UserError);
  EXPECT_THROW(
      answer_sql(
          file,
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
          {.rows = 1, .time = std::chrono::milliseconds(50)}),
      DeadlineError);
  EXPECT_THROW(answer_sql(folder / "absent.db", "SELECT 1"), StoreError);
  EXPECT_EQ(Store::open(file).runs().size(), 1u);
}

TEST_F(Maintenance, AnArchiveMergedTwiceIsMergedOnce) {
  auto store = Store::open(file);
  for (const char* uid : {"a", "b", "c"}) store.ingest(recorded(uid, 30));
  add_tag(store, "a", "main");
  add_note(store, "a", "a note");
  store.register_experiment({.name = "plan", .spec = {{"x", 1}}});
  store.register_variant("plan", {.label = "full", .identity = "id-luffy"});
  store.register_cell("plan", "full", "a");
  add_trial(store, "plan", {.sampler = "random", .rungs = {{0, 10, 0.5}}});
  add_report(store, {.kind = "k", .spec = 1, .inputs = 2, .result = {0.5}, .runs = {"a", "b"}});
  add_report(store, {.kind = "k", .spec = 1, .inputs = 2, .result = {0.75}, .runs = {"c"}});
  add_invalidation(store, {.reason = "r", .runs = {"b", "c"}});
  put_published(store,
                {{.source = "s", .locator = "l", .system = "y", .benchmark = "b", .metric = "m"}});

  const auto out = export_archive(store, {"a", "b"}, folder / "two.rla");
  EXPECT_EQ(out.runs, 2);
  EXPECT_EQ(out.reports, 1);
  EXPECT_EQ(out.experiments, 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}),
            6);  // runs, the open store's four files, the archive
  EXPECT_THROW(export_archive(store, {"a"}, folder / "two.rla"), RefusedError);
  EXPECT_THROW(export_archive(store, {"nobody"}, folder / "none.rla"), UserError);
  EXPECT_FALSE(std::filesystem::exists(folder / "none.rla"));

  auto other = Store::open(folder / "other.db");
  other.ingest(recorded("z", 3));  // numbers of rows differ there
  const auto in = import_archive(other, folder / "two.rla");
  EXPECT_EQ(in.runs, 2);
  EXPECT_EQ(in.attempts, 2);
  EXPECT_EQ(in.reports, 1);
  EXPECT_TRUE(in.conflicts.empty());
  const std::string once = contents(other);
  const auto again = import_archive(other, folder / "two.rla");
  EXPECT_EQ(again.runs + again.attempts + again.reports + again.experiments, 0);
  EXPECT_TRUE(again.conflicts.empty());
  EXPECT_EQ(contents(other), once);
  EXPECT_EQ(other.integrity_problem(), std::nullopt);
  EXPECT_EQ(trials(other, "plan").at(0).rungs.at(0).value, 0.5);
  EXPECT_EQ(other.cells("plan").at(0).run.uid, "a");
  EXPECT_EQ(published(other).size(), 1u);
  for (const char* uid : {"a", "b"}) {
    const auto here = store.curve(uid, "train/loss"), there = other.curve(uid, "train/loss");
    ASSERT_EQ(here.size(), there.size());
    for (size_t i = 0; i < here.size(); ++i) EXPECT_EQ(here[i].value, there[i].value);
  }
  // Into an empty store everything that the archive says is what the first store said of these runs.
  auto empty = Store::open(folder / "empty.db");
  import_archive(empty, folder / "two.rla");
  run_gc(store, plan_gc(store, "", runs));
  auto only = Store::open(file);
  EXPECT_EQ(empty.detail("a").config, only.detail("a").config);
  EXPECT_EQ(check_store(empty, folder / "absent").problems.size(), 0u);
}

TEST_F(Maintenance, AnArchiveAddsAttemptsAndNamesConflicts) {
  auto store = Store::open(file);
  const auto directory = recorded("a", 10);
  store.ingest(directory);
  export_archive(store, {"a"}, folder / "early.rla");
  {
    Writer writer(directory, "0002-a", hello(5));
    for (int i = 5; i < 12; ++i) writer.append(Kind::step, step(i, -1));
    writer.close({{"exit_code", 0}, {"reason", ""}, {"iteration", 11}});
  }
  store.ingest(directory);
  export_archive(store, {"a"}, folder / "late.rla");
  auto other = Store::open(folder / "other.db");
  import_archive(other, folder / "early.rla");
  EXPECT_EQ(other.curve("a", "train/loss").size(), 10u);
  EXPECT_EQ(import_archive(other, folder / "late.rla").attempts, 1);
  EXPECT_EQ(contents(other), contents(store));
  EXPECT_EQ(import_archive(other, folder / "early.rla").conflicts.size(), 0u);
  EXPECT_EQ(contents(other), contents(store));

  auto third = Store::open(folder / "third.db");
  json otherwise = run_json("a", 9);
  third.register_run(otherwise, folder / "elsewhere");
  const auto report = import_archive(third, folder / "early.rla");
  ASSERT_EQ(report.conflicts.size(), 1u);
  EXPECT_NE(report.conflicts[0].find("run a"), std::string::npos);
  EXPECT_EQ(third.curve("a", "train/loss").size(), 0u);
}

TEST_F(Maintenance, AForeignArchiveIsRefused) {
  auto store = Store::open(file);
  store.ingest(recorded("a", 3));
  export_archive(store, {"a"}, folder / "good.rla");
  const auto refused = [&](const std::string& sql) {
    const auto bad = folder / ("bad" + process::nonce());
    std::filesystem::copy_file(folder / "good.rla", bad);
    raw(sql, bad);
    auto other = Store::open(folder / "other.db");
    EXPECT_THROW(import_archive(other, bad), Error) << sql;
    EXPECT_TRUE(other.runs().empty());
  };
  refused("CREATE TRIGGER t AFTER INSERT ON tag BEGIN DELETE FROM run; END");
  refused("CREATE VIEW v AS SELECT 1");
  refused("CREATE TABLE more(a)");
  refused("ALTER TABLE run ADD COLUMN more TEXT");
  refused("PRAGMA user_version = 99; UPDATE meta SET value = '99'");
  refused("PRAGMA application_id = 5");
  std::ofstream(folder / "text") << "not a store";
  auto other = Store::open(folder / "other.db");
  EXPECT_THROW(import_archive(other, folder / "text"), StoreError);
  EXPECT_THROW(import_archive(other, folder / "absent"), StoreError);
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    EXPECT_FALSE(process::is_temporary_name(entry.path().filename().string())) << entry.path();
  EXPECT_EQ(import_archive(other, folder / "good.rla").runs,
            1);  // it was the change that was refused
}

TEST_F(Maintenance, GcKeepsWhatSomethingRefersTo) {
  auto store = Store::open(file);
  for (const char* uid : {"pinned", "reported", "celled", "free", "busy", "base"}) {
    json run = run_json(uid);
    run["identity"] = std::string("id-") + uid;
    run["producers"] = json::array();
    if (std::string(uid) == "pinned")
      run["producers"] = {{{"role", "init"}, {"identity", "id-base"}, {"path", "../base"}}};
    run["config"]["only"] = uid;
    store.ingest(recorded(uid, 4, run));
  }
  add_tag(store, "pinned", kPinTag);
  add_report(store, {.kind = "k", .spec = 1, .inputs = 1, .result = 1, .runs = {"reported"}});
  store.register_experiment({.name = "plan"});
  store.register_variant("plan", {.label = "v", .identity = "id-celled"});
  store.register_cell("plan", "v", "celled");
  const process::DirectoryLock busy(runs / "busy");
  std::ofstream(folder / "outside") << "precious";
  std::filesystem::create_symlink(folder / "outside", runs / "free" / "link");

  const GcPlan nothing = plan_gc(store, "", runs);
  EXPECT_TRUE(nothing.runs.empty());
  const GcPlan plan = plan_gc(store, "recipe = \"luffy\"", runs);
  std::set<std::string> going;
  for (const auto& run : plan.runs)
    if (run.kept_by.empty()) going.insert(run.row.uid);
  EXPECT_EQ(going, (std::set<std::string>{"free"}));
  EXPECT_GT(plan.bytes(), 0);
  EXPECT_EQ(store.runs().size(), 6u);  // planning changes nothing
  run_gc(store, plan);
  EXPECT_EQ(store.runs().size(), 5u);
  EXPECT_FALSE(std::filesystem::exists(runs / "free"));
  EXPECT_TRUE(std::filesystem::exists(folder / "outside"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(runs), {}), 5);
  EXPECT_EQ(answer_sql(file, "SELECT COUNT(*) FROM blob WHERE data LIKE '%\"only\":\"free\"%'")
                .rows[0][0],
            0);
  EXPECT_EQ(answer_sql(file, "SELECT COUNT(*) FROM blob WHERE kind = 'report'").rows[0][0], 1);
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
  EXPECT_EQ(check_store(store, runs).problems.size(), 0u);
}

TEST_F(Maintenance, GcNeverRemovesADirectoryThatIsNotTheRuns) {
  auto store = Store::open(file);
  store.ingest(recorded("a", 2));
  std::filesystem::rename(runs / "a", runs / "moved");
  std::filesystem::create_directories(runs / "a");
  std::ofstream(runs / "a" / "thesis.tex") << "x";  // somebody's own folder of that name
  run_gc(store, plan_gc(store, "uid = \"a\"", runs));
  EXPECT_TRUE(store.runs().empty());
  EXPECT_TRUE(std::filesystem::exists(runs / "a" / "thesis.tex"));
  EXPECT_TRUE(std::filesystem::exists(runs / "moved"));
}

TEST_F(Maintenance, ASnapshotIsWholeAndReadableWhereNothingCanBeWritten) {
  auto store = Store::open(file);
  store.ingest(recorded("a", 8));
  EXPECT_GT(publish_snapshot(file, folder / "published.db"), 0);
  store.ingest(recorded("b", 8));
  EXPECT_EQ(Store::open(folder / "published.db", Mode::read_only).runs().size(), 1u);
  publish_snapshot(file, folder / "published.db");
  EXPECT_EQ(Store::open(folder / "published.db", Mode::read_only).runs().size(), 2u);
  EXPECT_THROW(publish_snapshot(file, file), RefusedError);
  EXPECT_THROW(publish_snapshot(folder / "absent", folder / "x"), StoreError);
  EXPECT_FALSE(std::filesystem::exists(folder / "published.db-wal"));
}

TEST_F(Maintenance, MigratingTwiceSaysSo) {
  { Store::open(file); }
  const auto report = migrate_store(file);
  EXPECT_EQ(report.from, report.to);
  EXPECT_TRUE(report.copy.empty());
  EXPECT_THROW(migrate_store(folder / "absent.db"), StoreError);
}

}  // namespace
}  // namespace rlreason::store
