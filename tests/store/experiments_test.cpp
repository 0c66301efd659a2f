// Rows of their own kind: tags, notes, reports, invalidations, published numbers, trials, leases.
#include "core/error.h"
#include "core/store/invalidations.h"
#include "core/store/published.h"
#include "core/store/reports.h"
#include "core/store/tags.h"
#include "core/store/trials.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

class Experiments : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    store.emplace(Store::open(file));
    for (const char* uid : {"u1", "u2"}) store->register_run(run_json(uid), folder / uid);
  }
  std::optional<Store> store;
};

TEST_F(Experiments, TagsAreSetsAndNotesAreInOrder) {
  add_tag(*store, "u1", "main");
  add_tag(*store, "u1", "main");
  add_tag(*store, "u1", "a/b:1.5+x");
  EXPECT_EQ(tags(*store, "u1"), (std::vector<std::string>{"a/b:1.5+x", "main"}));
  EXPECT_EQ(all_tags(*store).size(), 1u);
  EXPECT_TRUE(remove_tag(*store, "u1", "main"));
  EXPECT_FALSE(remove_tag(*store, "u1", "main"));
  for (const std::string bad : {"", "a b", "x\n", "'; DROP TABLE run; --", "\x1b[31m"})
    EXPECT_THROW(add_tag(*store, "u1", bad), UserError) << bad;
  EXPECT_THROW(add_tag(*store, "u1", std::string(65, 'a')), UserError);
  EXPECT_THROW(add_tag(*store, "nobody", "x"), UserError);
  add_note(*store, "u1", "first 'quoted' \xE2\x82\xAC", "me");
  add_note(*store, "u1", "second");
  const auto rows = notes(*store, "u1");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].text, "first 'quoted' \xE2\x82\xAC");
  EXPECT_EQ(rows[0].author, "me");
  EXPECT_THROW(add_note(*store, "u1", ""), UserError);
  add_event(*store, "u1", "health", {{"rule", "entropy"}});
  EXPECT_EQ(store->detail("u1").events.at(0).payload.at("rule"), "entropy");
}

TEST_F(Experiments, AReportIsFoundByItsFirstDigits) {
  const ReportRow report{.kind = "ablation",
                         .spec = {{"plan", "p"}},
                         .inputs = {{"u1", "d1"}},
                         .result = {{"rows", {0.25, "nan"}}},
                         .runs = {"u1", "u2"},
                         .outputs = {{"t.tex", "ab", 5}}};
  const std::string id = add_report(*store, report);
  EXPECT_EQ(id.size(), 64u);
  EXPECT_EQ(add_report(*store, report), id);  // the same numbers: the same report
  ReportRow other = report;
  other.result["rows"][0] = 0.26;
  EXPECT_NE(add_report(*store, other), id);
  add_report_output(*store, id, {.path = "t.csv", .sha256 = "cd"});
  add_report_output(*store, id, {.path = "t.tex", .sha256 = "ef"});
  const ReportRow found = find_report(*store, id.substr(0, 12));
  EXPECT_EQ(found.id, id);
  EXPECT_EQ(found.result, report.result);
  EXPECT_EQ(found.spec, report.spec);
  EXPECT_EQ(found.inputs, report.inputs);
  EXPECT_EQ(found.runs, report.runs);
  ASSERT_EQ(found.outputs.size(), 2u);
  EXPECT_EQ(found.outputs[1].sha256, "ef");
  EXPECT_GT(found.outputs[0].written_ms, 0);
  EXPECT_EQ(reports(*store).size(), 2u);
  for (const std::string bad : {"", "ab", "zzzz", "%%%%", "ffffffffffff0000"})
    EXPECT_THROW(find_report(*store, bad), UserError) << bad;
  ReportRow unknown = report;
  unknown.runs = {"nobody"};
  EXPECT_THROW(add_report(*store, unknown), UserError);
}

TEST_F(Experiments, InvalidationsNameTheirRuns) {
  EXPECT_THROW(add_invalidation(*store, {.reason = "", .runs = {"u1"}}), UserError);
  EXPECT_THROW(add_invalidation(*store, {.selector = "x", .reason = "r", .runs = {}}), UserError);
  EXPECT_THROW(add_invalidation(*store, {.reason = "r", .runs = {"nobody"}}), UserError);
  EXPECT_TRUE(invalidations(*store).empty());
  const auto first = add_invalidation(
      *store, {.selector = "recipe = \"luffy\"", .reason = "ddof=0", .runs = {"u2", "u1", "u1"}});
  add_invalidation(*store, {.reason = "again", .fixed_by = "3f9c2e1", .runs = {"u1"}});
  const auto rows = invalidations(*store);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].runs, (std::vector<std::string>{"u1", "u2"}));
  EXPECT_EQ(rows[1].fixed_by, "3f9c2e1");
  EXPECT_EQ(invalid_runs(*store).at("u1"), (std::vector<std::string>{"ddof=0", "again"}));
  EXPECT_TRUE(remove_invalidation(*store, first));
  EXPECT_FALSE(remove_invalidation(*store, first));
  EXPECT_EQ(invalid_runs(*store).count("u2"), 0u);
}

TEST_F(Experiments, PublishedRowsReplaceThemselvesAndKeepSilence) {
  PublishedRow row{.source = "arXiv:1",
                   .locator = "table 1",
                   .system = "X",
                   .benchmark = "math500",
                   .metric = "mean_at_k",
                   .k = 4,
                   .value = 88.25,
                   .n_seeds = 3,
                   .protocol = {{"temperature", nullptr}}};
  PublishedRow silent = row;
  silent.benchmark = "aime24", silent.value = {}, silent.n_seeds = {};
  put_published(*store, {row, silent});
  row.value = 88.5;
  put_published(*store, {row});
  const auto rows = published(*store, {.benchmark = "math500"});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].value, 88.5);
  EXPECT_EQ(rows[0].n_seeds, 3);
  EXPECT_TRUE(rows[0].protocol.at("temperature").is_null());
  EXPECT_EQ(published(*store, {.source = "arXiv:1"}).at(1).value, std::nullopt);
  row.system = "";
  EXPECT_THROW(put_published(*store, {silent, row}), UserError);
  EXPECT_EQ(published(*store).size(), 2u);
}

TEST_F(Experiments, TrialsAreNumberedAndKeepTheSampler) {
  EXPECT_THROW(add_trial(*store, "search", {}), UserError);
  store->register_experiment({.name = "search"});
  EXPECT_EQ(add_trial(*store, "search", {.sampler = "tpe", .sampler_state = {{"draws", 7}}}), 0);
  TrialRow second{.sampler = "tpe", .point = {{"lr", 1e-6}}};
  second.n = add_trial(*store, "search", second);
  EXPECT_EQ(second.n, 1);
  second.state = "done", second.objective = 0.5, second.rung = 1, second.run_uid = "u1";
  second.rungs = {{0, 100, 0.25}, {1, 300, std::nullopt}};
  update_trial(*store, "search", second);
  const auto rows = trials(*store, "search");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].sampler_state.at("draws"), 7);
  EXPECT_EQ(rows[1].point.at("lr"), 1e-6);
  EXPECT_EQ(rows[1].objective, 0.5);
  ASSERT_EQ(rows[1].rungs.size(), 2u);
  EXPECT_EQ(rows[1].rungs[0].value, 0.25);
  EXPECT_EQ(rows[1].rungs[1].value, std::nullopt);
  second.n = 9;
  EXPECT_THROW(update_trial(*store, "search", second), UserError);
  second.n = 1, second.state = "nonsense";
  EXPECT_THROW(update_trial(*store, "search", second), StoreError);
  EXPECT_EQ(trials(*store, "search")[1].state, "done");
}

TEST_F(Experiments, ALeaseHasOneHolderAndAGrowingFence) {
  const auto mine = take_lease(*store, "ingest", "a", 60000);
  ASSERT_TRUE(mine);
  EXPECT_EQ(take_lease(*store, "ingest", "b", 60000), std::nullopt);
  EXPECT_EQ(take_lease(*store, "ingest", "a", 60000), mine);  // renewed
  EXPECT_TRUE(holds_lease(*store, "ingest", "a", *mine));
  EXPECT_EQ(lease_owner(*store, "ingest"), "a");
  EXPECT_EQ(take_lease(*store, "ingest", "a", 0), mine);  // runs out at once
  EXPECT_EQ(lease_owner(*store, "ingest"), "");
  const auto theirs = take_lease(*store, "ingest", "b", 60000);
  ASSERT_TRUE(theirs);
  EXPECT_GT(*theirs, *mine);
  EXPECT_FALSE(holds_lease(*store, "ingest", "a", *mine));
  release_lease(*store, "ingest", "a");  // not its holder: nothing
  EXPECT_EQ(lease_owner(*store, "ingest"), "b");
  release_lease(*store, "ingest", "b");
  EXPECT_GT(take_lease(*store, "ingest", "a", 60000), theirs);
}

}  // namespace
}  // namespace rlreason::store
