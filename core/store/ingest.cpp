// Moving a run directory's log into the store, exactly once.
#include "core/error.h"
#include "core/process/io.h"
#include "core/process/lock.h"
#include "core/runlog/reader.h"
#include "core/store/apply.h"
#include "core/store/clock.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

constexpr size_t kBatchBytes = size_t{4} << 20;  // keeps a transaction short
constexpr int64_t kJsonLimit = int64_t{16} << 20;

runlog::Cursor load_cursor(Connection& db, int64_t run) {
  runlog::Cursor cursor;
  auto statement =
      db.prepare("SELECT attempt_uid, fragment, offset, seq FROM spool_cursor WHERE run_id = ?");
  statement.bind(run);
  while (statement.step())
    cursor.attempts[statement.text(0)] = {static_cast<uint64_t>(statement.integer(1)),
                                          static_cast<uint64_t>(statement.integer(2)),
                                          static_cast<uint64_t>(statement.integer(3))};
  return cursor;
}

void save_cursor(Connection& db, int64_t run, const runlog::Cursor& cursor) {
  for (const auto& [uid, position] : cursor.attempts)
    db.prepare(
          "INSERT OR REPLACE INTO spool_cursor(run_id, attempt_uid, fragment, offset, seq, "
          "updated_ms) VALUES(?,?,?,?,?,?)")
        .bind(run, uid, static_cast<int64_t>(position.fragment),
              static_cast<int64_t>(position.offset), static_cast<int64_t>(position.seq), now_ms())
        .run();
}

void note_damage(Connection& db, int64_t run, const std::vector<std::string>& problems) {
  for (const auto& problem : problems)
    db.prepare("INSERT INTO event(run_id, t_ms, kind, json) VALUES(?,?,'damage',?)")
        .bind(run, now_ms(), dump(nlohmann::json{{"what", problem}}))
        .run();
}

struct Ending {
  RunState state;
  std::string reason;
};

// result.json is the engine's last word; it also exists when a run ended before its log was opened.
std::optional<Ending> read_result(const std::filesystem::path& directory,
                                  std::vector<std::string>& problems) {
  const auto file = directory / "result.json";
  if (!std::filesystem::exists(file)) return std::nullopt;
  try {
    const auto result = runlog::parse_payload(process::read_file(file, kJsonLimit));
    const auto state = run_state(text_at(result, "state"));
    if (!state)
      throw DataError("state: required done, failed or preempted, '{}' came",
                      text_at(result, "state"));
    return Ending{*state, text_at(result, "reason")};
  } catch (const DataError& error) {
    problems.push_back(fmt::format("{}: {}", file.string(), error.what()));
    return std::nullopt;
  }
}

// Attempts before the last cannot be running; the last one is when its process holds the directory.
Ending ending_of(Connection& db, int64_t run, bool locked, const std::optional<Ending>& result) {
  auto last =
      db.prepare("SELECT state, reason FROM attempt WHERE run_id = ? ORDER BY n DESC LIMIT 1");
  last.bind(run);
  if (last.step()) {
    const RunState state = run_state(last.text(0)).value_or(RunState::running);
    if (state != RunState::running && state != RunState::killed) return {state, last.text(1)};
    if (locked) return {RunState::running, ""};
    if (result && result->state == RunState::done) return *result;
    return {RunState::killed, "its process ended without a word"};
  }
  if (locked) return {RunState::running, ""};
  if (result) return *result;
  auto present = db.prepare("SELECT state, reason FROM run WHERE id = ?");
  present.bind(run);
  RLR_ENSURE(present.step(), "run {}", run);
  return {run_state(present.text(0)).value_or(RunState::planned), present.text(1)};
}

bool keeps(const std::string& stored, const std::string& stored_reason, const Ending& ending) {
  // A launcher that saw the signal knows more than silence does.
  if (ending.state == RunState::killed && (stored == "killed" || stored == "failed")) return true;
  return stored == to_string(ending.state) && stored_reason == ending.reason;
}

void write_ending(Connection& db, int64_t run, const Ending& ending) {
  const bool ended = ending.state != RunState::planned && ending.state != RunState::running;
  db.prepare(
        "UPDATE run SET state = ?1, reason = ?2, state_ms = ?3, ended_ms = CASE WHEN ?4 THEN "
        "COALESCE("
        "(SELECT ended_ms FROM attempt WHERE run_id = ?5 ORDER BY n DESC LIMIT 1), ?3) ELSE NULL "
        "END WHERE id = ?5")
      .bind(to_string(ending.state), ending.reason, now_ms(), int64_t{ended}, run)
      .run();
  if (ending.state == RunState::running)  // taken for dead too early
    db.prepare(
          "UPDATE attempt SET state = 'running', reason = '' WHERE run_id = ?1 AND state = "
          "'killed' AND "
          "n = (SELECT MAX(n) FROM attempt WHERE run_id = ?1)")
        .bind(run)
        .run();
  db.prepare(
        "UPDATE attempt SET state = 'killed', reason = 'its process ended without a word' WHERE "
        "run_id = ?1 AND "
        "state = 'running' AND (?2 OR n < (SELECT MAX(n) FROM attempt WHERE run_id = ?1))")
      .bind(run, int64_t{ended})
      .run();
}

}  // namespace

IngestReport Store::ingest(const std::filesystem::path& run_directory) {
  const std::filesystem::path directory = absolute_directory(run_directory);
  IngestReport report;
  nlohmann::json described;
  try {
    described = runlog::parse_payload(process::read_file(directory / "run.json", kJsonLimit));
  } catch (const DataError& error) {
    throw DataError("{}: required a run directory with run.json: {}", directory.string(),
                    error.what());
  }
  report.run_uid = register_run(described, directory);
  const int64_t run = known_run_id(*db_, report.run_uid);
  // Asked before and after reading: silence means death only when nobody held the directory in between.
  const bool locked = process::is_locked(directory);
  const auto result = read_result(directory, report.problems);

  runlog::Reader reader(directory, runlog::Steps::as_text);
  for (;;) {
    const runlog::Cursor before = load_cursor(*db_, run);
    runlog::Cursor cursor = before;
    const auto records = reader.read(cursor, kBatchBytes);
    if (cursor == before) break;
    WriteTransaction transaction(*db_);
    if (!(load_cursor(*db_, run) == before))
      continue;  // another ingester was faster: go on from where it is
    Applier applier(*db_, run);
    for (const auto& record : records) applier.apply(record);
    applier.finish();
    note_damage(*db_, run, reader.problems());
    save_cursor(*db_, run, cursor);
    transaction.commit();
    compact(*db_, run, /*all=*/false);
    report.records += static_cast<int64_t>(records.size());
    report.problems.insert(report.problems.end(), reader.problems().begin(),
                           reader.problems().end());
    report.problems.insert(report.problems.end(), applier.problems().begin(),
                           applier.problems().end());
  }

  const Ending ending = ending_of(*db_, run, locked || process::is_locked(directory), result);
  auto stored = db_->prepare("SELECT state, reason FROM run WHERE id = ?");
  stored.bind(run);
  RLR_ENSURE(stored.step(), "run {}", run);
  const std::string state = stored.text(0);
  const bool keep = keeps(state, stored.text(1), ending);
  stored.reset();
  report.state = keep ? run_state(state).value_or(ending.state) : ending.state;
  if (!keep) {
    WriteTransaction transaction(*db_);
    write_ending(*db_, run, ending);
    transaction.commit();
  }
  if (report.state != RunState::planned && report.state != RunState::running)
    compact(*db_, run, /*all=*/true);
  return report;
}

}  // namespace rlreason::store
