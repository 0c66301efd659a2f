#include "evaluators/cells.h"

#include <gtest/gtest.h>

#include "core/runlog/writer.h"
#include "evaluators/suite.h"
#include "tests/support/scratch.h"

namespace rlreason::eval {
namespace {

using nlohmann::json;

json items(const std::string& id, std::initializer_list<int64_t> samples) {
  json list = json::array();
  for (const int64_t sample : samples)
    list.push_back({{"sample", sample}, {"outcome", sample % 2 == 0 ? "right" : "wrong"}});
  return json::array({{{"id", id}, {"samples", list}}});
}

TEST(Cells, MissingOnesAreRuns) {
  Cells cells;
  cells.add(items("a", {0, 1, 4}));
  cells.add(items("a", {4, 5}));
  EXPECT_EQ(cells.size(), 4);
  EXPECT_EQ(cells.right(), 2);  // 0 and 4, once each
  const auto missing = cells.missing("a", 0, 8);
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_EQ(missing[0].begin, 2);
  EXPECT_EQ(missing[0].count, 2);
  EXPECT_EQ(missing[1].begin, 6);
  EXPECT_EQ(missing[1].count, 2);
  EXPECT_TRUE(cells.missing("a", 4, 2).empty());
  EXPECT_EQ(cells.missing("b", kRotationStride, 3).at(0).count, 3);
}

TEST(Cells, OnlyWantedSamplesAreTakenOver) {
  Cells known;
  known.add(items("a", {1}));
  const json record = {{"items", items("a", {0, 1, 7, kRotationStride, kRotationStride + 9})}};
  const json taken = new_items(record, known, 4, 2);
  EXPECT_EQ(taken[0]["samples"].size(), 2u);  // 0 and the first of rotation 1
  EXPECT_EQ(new_items(record, known, 4, 1)[0]["samples"].size(), 1u);
  known.add(record["items"]);
  EXPECT_TRUE(new_items(record, known, 4, 2).is_null());
}

TEST(Cells, RecordsBelongByProtocol) {
  const Suite suite = load_suite("ledger_n4"), more = load_suite("ledger_n4", {"samples=9"}),
              warmer = load_suite("ledger_n4", {"temperature=1"});
  const auto prompts = suite_prompts(suite);
  const auto protocol = [&](const Suite& own) { return suite_protocol(own, prompts); };
  const json record = {{"iteration", 0}, {"protocol", protocol(suite)}};
  EXPECT_TRUE(same_evaluation(record, protocol(suite), 0, false));
  EXPECT_FALSE(same_evaluation(record, protocol(more), 0, false));
  EXPECT_TRUE(same_evaluation(record, protocol(more), 0, true));
  EXPECT_FALSE(same_evaluation(record, protocol(warmer), 0, true));
  EXPECT_FALSE(same_evaluation(record, protocol(suite), 1, false));
  EXPECT_FALSE(same_evaluation({{"protocol", "x"}}, protocol(suite), 0, true));
}

TEST(Cells, ReadsEvaluationsOfEveryAttempt) {
  const testing_support::Scratch scratch;
  EXPECT_TRUE(eval_records(scratch.path()).empty());
  for (const char* attempt : {"0001-a", "0002-b"}) {
    runlog::Writer log(scratch.path(), attempt, json::object());
    log.append(runlog::Kind::heartbeat, {{"done", 1}});
    log.append(runlog::Kind::eval, {{"suite", attempt}, {"items", items("a", {0})}});
  }
  const auto records = eval_records(scratch.path());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1]["suite"], "0002-b");
}

}  // namespace
}  // namespace rlreason::eval
