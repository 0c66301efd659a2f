// The ledger of neutral changes: classes of programs, names people may give, what is stale, archives, older stores.
#include "core/store/neutral.h"

#include <sqlite3.h>

#include <random>

#include "core/build_info.h"
#include "core/error.h"
#include "core/store/archive.h"
#include "core/store/check.h"
#include "core/store/filter.h"
#include "core/store/gc.h"
#include "core/store/provenance.h"
#include "core/store/schema.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

class Neutral : public StoreTest {
 protected:
  // A run with one attempt of this program; no sources: an older program, known by its commit alone.
  std::filesystem::path made(const std::string& uid, const std::string& source,
                             const std::string& commit, const std::string& binary = "") const {
    json run = run_json(uid);
    run["build"] = "rlreason 0.1.0 (commit " + commit + ", Release, GNU 12, LibTorch none)";
    const auto directory = make_run("runs-" + uid, run);
    json greeting = hello();
    if (!source.empty()) {
      greeting["code"] = {{"source", source}, {"commit", commit}, {"binary", binary}};
      for (const char* key : {"git_sha", "git_tree", "diff", "diff_text", "untracked"})
        greeting["code"][key] = "";
      greeting["code"]["dirty"] = false;
    }
    Writer writer(directory, "0001-a", greeting);
    writer.append(Kind::step, step(0, 0.5));
    writer.close({{"exit_code", 0}, {"reason", ""}});
    return directory;
  }
  void raw(const std::string& sql, const std::filesystem::path& at) const {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(at.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  template <class F>
  static std::string refused(F&& act) {
    try {
      act();
    } catch (const UserError& error) {
      return error.what();
    }
    return "no error";
  }
};

NeutralRow entry(const std::string& a, const std::string& b, const std::string& reason) {
  return {.a = {a, "c-" + a}, .b = {b, "c-" + b}, .reason = reason};
}

// Against the transitive closure of the entries as a matrix (Warshall), and lengths by repeated squaring of steps.
TEST_F(Neutral, ClassesAreTheClosureOfTheEntries) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    constexpr size_t kPrograms = 9, kFar = 99;
    std::vector<std::vector<size_t>> steps(kPrograms, std::vector<size_t>(kPrograms, kFar));
    std::vector<NeutralRow> rows;
    for (size_t i = 0; i < kPrograms; ++i) steps[i][i] = 0;
    for (int e = 0; e < round % 9; ++e) {
      const size_t a = random() % kPrograms, b = random() % kPrograms;
      if (a == b) continue;
      rows.push_back(entry("s" + std::to_string(a), "s" + std::to_string(b), "r"));
      steps[a][b] = steps[b][a] = 1;
    }
    for (size_t k = 0; k < kPrograms; ++k)
      for (size_t i = 0; i < kPrograms; ++i)
        for (size_t j = 0; j < kPrograms; ++j)
          steps[i][j] = std::min(steps[i][j], steps[i][k] + steps[k][j]);
    const NeutralChanges changes(rows);
    for (size_t i = 0; i < kPrograms; ++i) {
      const Program a{"s" + std::to_string(i), ""};
      std::set<std::string> like;
      for (size_t j = 0; j < kPrograms; ++j) {
        const Program b{"s" + std::to_string(j), "other name"};
        const auto path = changes.between(a, b);
        EXPECT_EQ(path.size(), steps[i][j] >= kFar ? 0 : steps[i][j]) << i << " " << j;
        std::string at = a.source;  // each entry goes on where the last one ended
        for (const NeutralRow& row : path) {
          ASSERT_TRUE(row.a.source == at || row.b.source == at);
          at = row.a.source == at ? row.b.source : row.a.source;
        }
        EXPECT_TRUE(path.empty() || at == b.source);
        if (steps[i][j] < kFar) like.insert(b.source);
      }
      EXPECT_EQ(changes.sources_like(a), like);
    }
  }
}

TEST_F(Neutral, AnEntryNeedsAReasonAndTwoPrograms) {
  Store store = Store::open(file);
  EXPECT_THROW(add_neutral(store, entry("s1", "s2", "")), UserError);
  EXPECT_THROW(add_neutral(store, entry("s1", "s2", " \n")), UserError);
  EXPECT_THROW(add_neutral(store, entry("s1", "s1", "r")), UserError);
  EXPECT_THROW(add_neutral(store, {.a = {"", ""}, .b = {"s", "c"}, .reason = "r"}), UserError);
  const std::string uid = add_neutral(store, entry("s1", "s2", "r"));
  EXPECT_EQ(add_neutral(store, entry("s2", "s1", "r")), uid);  // said already
  EXPECT_NE(add_neutral(store, entry("s2", "s1", "another")), uid);
  ASSERT_EQ(neutral_changes(store).rows().size(), 2u);
  EXPECT_EQ(neutral_changes(store).rows()[0].b.commit, "c-s2");
  EXPECT_TRUE(remove_neutral(store, uid));
  EXPECT_FALSE(remove_neutral(store, uid));
  EXPECT_EQ(neutral_changes(store).rows().size(), 1u);
}

TEST_F(Neutral, WhatIsJoinedIsNotStale) {
  Store store = Store::open(file);
  for (const char* name : {"old", "older", "now", "strange"})
    store.ingest(made(name, std::string("s-") + name, std::string("c-") + name));
  EXPECT_EQ(stale_runs(store, "s-now", "c-now").size(), 3u);
  add_neutral(store, {.a = {"s-old", "c-old"}, .b = {"s-now", "c-now"}, .reason = "only help"});
  const std::string second = add_neutral(
      store,
      {.a = {"s-older", "c-older"}, .b = {"s-old", "c-old"}, .reason = "a typo", .author = "Ada"});
  const auto stale = stale_runs(store, "s-now", "c-now");
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_TRUE(stale.contains("strange"));
  const Staleness joined = staleness(store, "older", "s-now", "c-now");
  EXPECT_EQ(joined.freshness, Freshness::same);
  EXPECT_NE(joined.reason.find("declared neutral: a typo (Ada); and only help"), std::string::npos)
      << joined.reason;
  EXPECT_EQ(staleness(store, "now", "s-now", "c-now").reason, "");
  EXPECT_EQ(staleness(store, "strange", "s-now", "c-now").freshness, Freshness::stale);
  // The filter asks about this very program.
  EXPECT_EQ(matching_runs(store, "stale = true").size(), 4u);
  add_neutral(store, {.a = this_program(), .b = {"s-now", "c-now"}, .reason = "r"});
  EXPECT_EQ(matching_runs(store, "stale = true"), (std::set<std::string>{"strange"}));
  EXPECT_EQ(matching_runs(store, "stale = false").size(), 3u);
  remove_neutral(store, second);
  EXPECT_EQ(matching_runs(store, "stale = true"), (std::set<std::string>{"older", "strange"}));
}

TEST_F(Neutral, AProgramIsNamedByWhatPeopleSee) {
  Store store = Store::open(file);
  store.ingest(made("a", "1111aaaa", "beef01", "b1b1"));
  store.ingest(made("b", "1111bbbb", "beef02-dirty"));
  store.ingest(made("c", "2222cccc", "beef02-dirty"));
  store.ingest(made("d", "1111aaaa", "feed03"));  // another commit, the same sources
  store.ingest(made("e", "", "0ld"));
  const auto source = [&](const std::string& text) { return find_program(store, text).source; };
  EXPECT_EQ(source("1111aaaa"), "1111aaaa");
  EXPECT_EQ(source("1111b"), "1111bbbb");
  EXPECT_EQ(source("beef01"), "1111aaaa");
  EXPECT_EQ(source("fee"), "1111aaaa");
  EXPECT_EQ(source("b1b1"), "1111aaaa");
  EXPECT_EQ(source("rlreason 0.1.0 (commit feed03, Release, GNU 12, LibTorch none)"), "1111aaaa");
  EXPECT_EQ(find_program(store, "0l"), (Program{"", "0ld"}));
  EXPECT_EQ(source(build_info().source.substr(0, 12)), build_info().source);
  EXPECT_EQ(source(build_line()), build_info().source);
  const std::string several = refused([&] { source("beef02-dirty"); });
  EXPECT_NE(several.find("1111bbbb"), std::string::npos) << several;
  EXPECT_NE(several.find("2222cccc"), std::string::npos) << several;
  EXPECT_NE(refused([&] { source("1111"); }).find("of several"), std::string::npos);
  for (const std::string none : {"", "zzz", "\x1b[31m", "rlreason 0.1.0 (commit unknown, x)"}) {
    const std::string sentence = refused([&] { source(none); });
    EXPECT_NE(sentence.find("compare neutral"), std::string::npos) << sentence;
    EXPECT_EQ(sentence.find('\x1b'), std::string::npos);
  }
  const auto known = known_programs(store);
  EXPECT_EQ(known.size(), 6u);  // five and this one
}

TEST_F(Neutral, ACommitWithOneDigestStandsForItsSources) {
  const NeutralChanges changes({{.a = {"s1", "c1"}, .b = {"s2", "c2-dirty"}, .reason = "r"}},
                               {{"s1", "c3"}, {"s3", "c4-dirty"}, {"s1", "c4-dirty"}});
  const Program ours{"s2", "c2-dirty"};
  EXPECT_EQ(changes.between({"", "c1"}, ours).size(), 1u);
  EXPECT_EQ(changes.between({"", "c3"}, ours).size(), 1u);
  EXPECT_EQ(changes.between({"", "c2-dirty"}, {"s1", ""}).size(), 1u);
  EXPECT_TRUE(changes.between({"", "c4-dirty"}, ours).empty());  // of which sources, nobody knows
  EXPECT_TRUE(changes.between({"", ""}, ours).empty());
}

// What the rule says to paste has to reach the runs that it was said of.
TEST_F(Neutral, ACommitThatARunAloneKnowsIsThatRuns) {
  Store store = Store::open(file);
  store.ingest(made("a", "s1", "c-dirty"));
  store.ingest(made("b", "s2", "c-dirty"));
  store.ingest(made("c", "", "c-dirty"));
  EXPECT_EQ(find_program(store, "c-dirty"), (Program{"", "c-dirty"}));
  add_neutral(store,
              {.a = find_program(store, "c-dirty"), .b = find_program(store, "s1"), .reason = "r"});
  EXPECT_EQ(neutral_changes(store).between({"", "c-dirty"}, {"s1", ""}).size(), 1u);
  EXPECT_TRUE(neutral_changes(store).between({"", "c-dirty"}, {"s2", ""}).empty());
}

TEST_F(Neutral, AnArchiveCarriesWhatItsRunsRelyOn) {
  Store store = Store::open(file);
  for (const char* name : {"a", "b", "far", "old"})
    store.ingest(made(name, name == std::string("old") ? "" : std::string("s-") + name,
                      std::string("c-") + name));
  add_neutral(store, {.a = {"s-a", "c-a"}, .b = {"s-x", "c-x"}, .reason = "first"});
  add_neutral(store, {.a = {"s-x", "c-x"}, .b = {"s-b", "c-b"}, .reason = "second"});
  add_neutral(store, {.a = {"s-far", "c-far"}, .b = {"s-away", "c-away"}, .reason = "third"});
  add_neutral(store, {.a = {"", "c-old"}, .b = {"s-y", "c-y"}, .reason = "fourth"});
  EXPECT_EQ(export_archive(store, {"a", "b"}, folder / "two.rla").neutral, 2);
  EXPECT_EQ(export_archive(store, {"a"}, folder / "one.rla").neutral, 2);  // joined through x
  EXPECT_EQ(export_archive(store, {"old"}, folder / "old.rla").neutral, 1);
  EXPECT_EQ(neutral_changes(store).rows().size(), 4u);
  Store other = Store::open(folder / "other.db");
  EXPECT_EQ(import_archive(other, folder / "two.rla").neutral, 2);
  const auto again = import_archive(other, folder / "two.rla");
  EXPECT_EQ(again.neutral, 0);
  EXPECT_TRUE(again.conflicts.empty());
  EXPECT_EQ(import_archive(other, folder / "one.rla").neutral, 0);
  const auto path = neutral_changes(other).between({"s-a", ""}, {"s-b", ""});
  ASSERT_EQ(path.size(), 2u);
  EXPECT_EQ(path[0].reason, "first");
  EXPECT_EQ(path[1].reason, "second");
  run_gc(other, plan_gc(other, "recipe = \"luffy\"", folder));
  EXPECT_TRUE(other.runs().empty());
  EXPECT_EQ(neutral_changes(other).rows().size(), 2u);  // a person's word, not a leftover
  EXPECT_TRUE(check_store(other, folder / "absent").problems.empty());
  raw("PRAGMA ignore_check_constraints = 1; UPDATE neutral SET b = a, reason = ''",
      folder / "other.db");
  EXPECT_TRUE(check_store(other, folder / "absent").damaged());
}

// A store as a program of version 2 left it, with an archive of it: both are brought up to date and lose nothing.
TEST_F(Neutral, AStoreWithoutTheLedgerGetsOne) {
  static_assert(kMigrations.size() >= 3);
  const auto back = [&](const std::filesystem::path& at) {
    raw("DROP TABLE neutral; DELETE FROM migration WHERE version >= 3; PRAGMA user_version = 2",
        at);
  };
  {
    Store store = Store::open(file);
    store.ingest(made("a", "s-a", "c-a"));
    export_archive(store, {"a"}, folder / "a.rla");
  }
  back(file);
  back(folder / "a.rla");
  EXPECT_THROW(Store::open(file, Mode::read_only), StoreError);
  Store store = Store::open(file);
  EXPECT_EQ(store.runs().size(), 1u);
  EXPECT_TRUE(std::filesystem::exists(file.string() + ".v2"));
  EXPECT_TRUE(neutral_changes(store).rows().empty());
  add_neutral(store, entry("s-a", "s-b", "r"));
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
  Store other = Store::open(folder / "other.db");
  EXPECT_EQ(import_archive(other, folder / "a.rla").runs, 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    EXPECT_EQ(entry.path().filename().string().find(".tmp."), std::string::npos) << entry.path();
}

}  // namespace
}  // namespace rlreason::store
