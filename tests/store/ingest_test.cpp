// From run directories to rows: exactly once, with what a later attempt replaces and what is damaged.
#include <cmath>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/process/lock.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

class Ingest : public StoreTest {};

TEST_F(Ingest, TwiceIsANoOp) {
  const auto directory = make_run("a", run_json("u1"));
  Writer writer(directory, "0001-a", hello());
  for (int i = 0; i < 5; ++i) writer.append(Kind::step, step(i, 1.0 / (i + 1)));
  writer.append(Kind::checkpoint, {{"iteration", 4},
                                   {"path", "checkpoints/step-4"},
                                   {"digest", "d"},
                                   {"bytes", 10},
                                   {"kept_because", "last"}});
  writer.close({{"exit_code", 0}, {"reason", "finished"}, {"iteration", 4}});
  auto store = Store::open(file);
  const auto first = store.ingest(directory), second = store.ingest(directory);
  EXPECT_EQ(first.records, 8);
  EXPECT_EQ(second.records, 0);
  EXPECT_EQ(second.state, RunState::done);
  EXPECT_EQ(store.curve("u1", "train/loss").size(), 5u);
  const auto detail = store.detail("u1");
  EXPECT_EQ(detail.checkpoints.size(), 1u);
  ASSERT_EQ(detail.attempts.size(), 1u);
  EXPECT_EQ(detail.attempts[0].exit_code, 0);
  EXPECT_EQ(detail.row.iteration, 4);
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
}

TEST_F(Ingest, OpenFragmentThenMore) {
  const auto directory = make_run("a", run_json("u1"));
  auto store = Store::open(file);
  EXPECT_EQ(store.ingest(directory).state, RunState::planned);
  process::DirectoryLock lock(directory);
  Writer writer(directory, "0001-a", hello());
  for (int i = 0; i < 6; ++i) {
    writer.append(Kind::step, step(i, i));
    if (i == 3) writer.publish();
    const auto report = store.ingest(directory);
    EXPECT_EQ(report.state, RunState::running);
    EXPECT_EQ(store.curve("u1", "train/loss").size(), static_cast<size_t>(i + 1));
  }
  const auto summary = store.detail("u1").metrics.back();
  EXPECT_EQ(summary.metric, "train/loss");
  EXPECT_EQ(summary.n, 6);
  EXPECT_DOUBLE_EQ(summary.mean, 2.5);
  EXPECT_DOUBLE_EQ(summary.min, 0);
  EXPECT_DOUBLE_EQ(summary.max, 5);
  EXPECT_EQ(summary.last_iteration, 5);
}

TEST_F(Ingest, ALaterAttemptReplacesWhatItRepeats) {
  const auto directory = make_run("a", run_json("u1"));
  auto store = Store::open(file);
  {
    Writer writer(directory, "0001-a", hello());
    for (int i = 0; i < 10; ++i) writer.append(Kind::step, step(i, i));
    writer.append(Kind::eval,
                  eval("hard", 9, {{{"id", "q"}, {"samples", {sample(0, "right", "1")}}}}));
  }
  EXPECT_EQ(store.ingest(directory).state, RunState::killed);
  {
    Writer writer(directory, "0002-b", hello(6));
    for (int i = 6; i < 8; ++i) writer.append(Kind::step, step(i, 100 + i));
    writer.close({{"exit_code", 75}, {"reason", "SIGTERM"}, {"iteration", 7}});
  }
  EXPECT_EQ(store.ingest(directory).state, RunState::preempted);
  const auto curve = store.curve("u1", "train/loss");
  ASSERT_EQ(curve.size(), 8u);  // 8 and 9 belong to weights that are gone
  EXPECT_EQ(curve[5].value, 5);
  EXPECT_EQ(curve[6].value, 106);
  EXPECT_EQ(curve[7].value, 107);
  const auto detail = store.detail("u1");
  EXPECT_EQ(detail.row.attempts, 2);
  EXPECT_EQ(detail.attempts[0].state, RunState::killed);
  EXPECT_EQ(detail.metrics.back().n, 8);
  EXPECT_EQ(detail.metrics.back().max, 107);
  EXPECT_EQ(store.curves("u1").at("train/loss").size(), 8u);
  EXPECT_TRUE(store.evaluations("u1").empty());  // of iteration 9
}

TEST_F(Ingest, NanAndInfinitiesSurvive) {
  const auto directory = make_run("a", run_json("u1"));
  const std::vector<double> values = {1.0, kNan, kInf, -kInf, -0.0, 9007199254740993.0, 5e-324};
  {
    Writer writer(directory, "0001-a", hello());
    for (size_t i = 0; i < values.size(); ++i)
      writer.append(Kind::step, step(static_cast<int64_t>(i), values[i]));
  }
  auto store = Store::open(file);
  store.ingest(directory);
  const auto curve = store.curve("u1", "train/loss");
  ASSERT_EQ(curve.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]))
      EXPECT_TRUE(std::isnan(curve[i].value));
    else
      EXPECT_EQ(curve[i].value, values[i]);
    EXPECT_EQ(std::signbit(curve[i].value), std::signbit(values[i])) << i;
  }
  const auto summary = store.detail("u1").metrics.back();
  EXPECT_EQ(summary.n_nonfinite, 3);
  EXPECT_EQ(summary.n, 4);
  EXPECT_EQ(summary.max, 9007199254740992.0);
}

TEST_F(Ingest, EvaluationsFillUpOverRecords) {
  const auto directory = make_run("a", run_json("u1"));
  auto store = Store::open(file);
  Writer writer(directory, "0001-a", hello());
  writer.append(
      Kind::eval,
      eval("hard", 0,
           {{{"id", "q1"}, {"samples", {sample(0, "right", "1"), sample(1, "wrong", "2")}}}}));
  store.ingest(directory);
  writer.append(
      Kind::eval,
      eval("hard", 0,
           {{{"id", "q1"}, {"samples", {sample(1, "right", "1"), sample(2, "unscored", "")}}},
            {{"id", "q0"}, {"samples", {sample(0, "wrong", "9")}}}}));
  writer.append(Kind::eval, eval("retention", 0, json::array()));
  store.ingest(directory);
  const auto rows = store.evaluations("u1");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].key.suite, "hard");
  EXPECT_EQ(rows[0].n_items, 2);
  EXPECT_EQ(rows[0].n_samples, 4);
  EXPECT_EQ(rows[0].protocol["verifier"], "exact@1");
  const auto facts = store.facts("u1", rows[0].key);
  ASSERT_EQ(facts.items.size(), 2u);
  EXPECT_EQ(facts.items[1].id, "q1");
  ASSERT_EQ(facts.items[1].samples.size(), 3u);
  EXPECT_EQ(facts.items[1].samples[1].outcome, "right");  // the later record's
  EXPECT_EQ(facts.items[1].samples[2].outcome, "unscored");
  EXPECT_EQ(facts.items[0].samples[0].finish, "eos");
  EXPECT_EQ(store.all_facts("u1").size(), 2u);
  EXPECT_THROW(store.facts("u1", {.suite = "none"}), UserError);
}

TEST_F(Ingest, ProbesAreThoseOfTheLatestRecord) {
  const auto directory = make_run("a", run_json("u1"));
  auto store = Store::open(file);
  Writer writer(directory, "0001-a", hello());
  const auto append = [&](const std::string& suite, const json& probes) {
    json record = eval(suite, 0, {{{"id", "q"}, {"samples", {sample(0, "right", "1")}}}});
    if (!probes.is_null()) record["probes"] = probes;
    writer.append(Kind::eval, record);
  };
  append("easy", json());
  append("hard", {{"first_token_mass", 0.25}, {"kept", 3}});
  store.ingest(directory);
  append("hard", {{"first_token_mass", 5e-4}});
  append("hard", json::object());
  append("odd", {{"inf", "inf"}, {"nan", "nan"}, {"null", json()}});
  append("wrong", {{"first_token_mass", "much"}});
  append("wrong", json::array({0.5}));
  EXPECT_EQ(store.ingest(directory).problems.size(), 2u);
  const auto rows = store.evaluations("u1");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_TRUE(rows[0].probes.empty());
  const std::map<std::string, double> latest = {{"first_token_mass", 0.0005}, {"kept", 3.0}};
  EXPECT_EQ(rows[1].probes, latest);
  EXPECT_EQ(store.facts("u1", rows[1].key).row.probes, latest);
  EXPECT_EQ(rows[2].probes.at("inf"), kInf);
  EXPECT_TRUE(std::isnan(rows[2].probes.at("nan")));
  EXPECT_TRUE(std::isnan(rows[2].probes.at("null")));
}

TEST_F(Ingest, IllFormedAndUnknownRecordsAreKeptAsEvents) {
  const auto directory = make_run("a", run_json("u1"));
  {
    Writer writer(directory, "0001-a", hello());
    writer.append(Kind::step, {{"iteration", "three"}, {"values", json::object()}});
    writer.append(Kind::step, {{"iteration", 1}, {"values", {{"x", json::array()}}}});
    writer.append(
        Kind::eval,
        {{"suite", "s"}, {"items", {{{"id", "q"}, {"samples", {{{"outcome", "perhaps"}}}}}}}});
    writer.append(static_cast<Kind>(77), {{"later", true}});
    writer.append(Kind::event, {{"kind", "gate"}, {"passed", true}});
    writer.append(Kind::step, step(2, 0.5));
  }
  auto store = Store::open(file);
  const auto report = store.ingest(directory);
  EXPECT_EQ(report.records, 7);
  EXPECT_EQ(report.problems.size(), 3u);
  EXPECT_EQ(store.detail("u1").events.size(), 5u);
  EXPECT_EQ(store.curve("u1", "train/loss").size(), 1u);
  EXPECT_TRUE(store.evaluations("u1").empty());
}

TEST_F(Ingest, DamageIsReportedOnceAndSkipped) {
  const auto directory = make_run("a", run_json("u1"));
  {
    Writer writer(directory, "0001-a", hello());
    for (int i = 0; i < 20; ++i) writer.append(Kind::step, step(i, i));
    writer.publish();
  }
  const auto fragment = directory / "log" / "0001-a" / "00000000.rls";
  std::string bytes = process::read_file(fragment);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x40);
  std::ofstream(fragment, std::ios::binary) << bytes;
  auto store = Store::open(file);
  EXPECT_EQ(store.ingest(directory).problems.size(), 1u);
  EXPECT_TRUE(store.ingest(directory).problems.empty());
  EXPECT_EQ(store.curve("u1", "train/loss").size(), 19u);
  ASSERT_EQ(store.detail("u1").events.size(), 1u);
  EXPECT_EQ(store.detail("u1").events[0].kind, "damage");
}

TEST_F(Ingest, StatesComeFromAttemptsAndResult) {
  auto store = Store::open(file);
  const auto failed = make_run("f", run_json("uf"));
  process::write_file_atomic(
      failed / "result.json",
      R"({"exit_code":3,"state":"failed","iteration":0,"reason":"no data"})");
  EXPECT_EQ(store.ingest(failed).state, RunState::failed);
  EXPECT_EQ(store.run("uf")->reason, "no data");

  const auto killed = make_run("k", run_json("uk"));
  { Writer writer(killed, "0001-a", hello()); }
  EXPECT_EQ(store.ingest(killed).state, RunState::killed);
  store.set_state("uk", RunState::killed, "killed by SIGKILL");
  store.ingest(killed);
  EXPECT_EQ(store.run("uk")->reason, "killed by SIGKILL");
  {
    process::DirectoryLock lock(killed);
    Writer writer(killed, "0002-b", hello());
    EXPECT_EQ(store.ingest(killed).state, RunState::running);
    writer.close({{"exit_code", 0}, {"reason", "finished"}, {"iteration", 3}});
  }
  EXPECT_EQ(store.ingest(killed).state, RunState::done);
  store.set_state("uk", RunState::failed, "late");
  EXPECT_EQ(store.run("uk")->state, RunState::done);
}

TEST_F(Ingest, ADirectoryThatIsNoRunIsADataError) {
  auto store = Store::open(file);
  EXPECT_THROW(store.ingest(folder), DataError);
  const auto broken = folder / "b";
  process::make_directory(broken);
  process::write_file_atomic(broken / "run.json", "{\"uid\": ");
  EXPECT_THROW(store.ingest(broken), DataError);
  process::write_file_atomic(broken / "run.json", "{\"uid\": 7}");
  EXPECT_THROW(store.ingest(broken), DataError);
  process::write_file_atomic(broken / "run.json", "[]");
  EXPECT_THROW(store.ingest(broken), DataError);
  json other = run_json("u1");
  store.ingest(make_run("a", other));
  other["identity"] = "another";
  EXPECT_THROW(store.ingest(make_run("c", other)), DataError);
}

}  // namespace
}  // namespace rlreason::store
