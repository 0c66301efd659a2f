#include "core/store/apply.h"

#include "core/error.h"
#include "core/store/clock.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

std::string state_of_exit(int64_t code) {
  if (code == static_cast<int64_t>(ExitCode::ok)) return "done";
  return code == static_cast<int64_t>(ExitCode::preempted) ? "preempted" : "failed";
}

}  // namespace

Applier::Attempt& Applier::attempt(const std::string& uid) {
  const auto it = attempts_.find(uid);
  if (it != attempts_.end()) return it->second;
  db_.prepare(
         "INSERT OR IGNORE INTO attempt(run_id, uid, n, state) "
         "VALUES(?1, ?2, (SELECT COALESCE(MAX(n), 0) + 1 FROM attempt WHERE run_id = ?1), "
         "'running')")
      .bind(run_, uid)
      .run();
  auto statement =
      db_.prepare("SELECT id, first_step, end_iteration FROM attempt WHERE run_id = ? AND uid = ?");
  statement.bind(run_, uid);
  RLR_ENSURE(statement.step(), "attempt {}", uid);
  Attempt loaded{.id = statement.integer(0), .stepped = !statement.null(1)};
  if (loaded.stepped) loaded.first_step = statement.integer(1);
  loaded.end_iteration = statement.integer(2);
  return attempts_.emplace(uid, loaded).first->second;
}

void Applier::apply(const runlog::Record& record) {
  if (!record.text.empty()) return apply_text(record);
  const Attempt known = attempt(record.attempt);
  try {
    dispatch(known, record);
  } catch (const DataError& error) {
    problems_.push_back(fmt::format("attempt {} record {} ({}): {}", record.attempt, record.seq,
                                    runlog::to_string(record.kind), error.what()));
    event(known.id, record, fmt::format("malformed_{}", runlog::to_string(record.kind)));
  }
}

void Applier::dispatch(const Attempt& known, const runlog::Record& record) {
  switch (record.kind) {
    case runlog::Kind::hello:
      return hello(known.id, record.payload);
    case runlog::Kind::step:
      return step(record.attempt, record.seq, record.payload);
    case runlog::Kind::eval:
      return apply_eval(db_, known.id, record.seq, record.payload);
    case runlog::Kind::rollout:
      return;  // texts stay in the run directory
    case runlog::Kind::checkpoint:
      return checkpoint(known.id, record.seq, record.payload);
    case runlog::Kind::artifact:
      return artifact(known.id, record.seq, record.payload);
    case runlog::Kind::heartbeat:
      db_.prepare("UPDATE attempt SET heartbeats = heartbeats + 1, heartbeat_ms = ? WHERE id = ?")
          .bind(now_ms(), known.id)
          .run();
      return;
    case runlog::Kind::event:
      return event(known.id, record, text_at(record.payload, "kind", "event"));
    case runlog::Kind::bye:
      write_reach(attempt(record.attempt));
      return bye(known.id, record.payload);
  }
  event(known.id, record, runlog::to_string(record.kind));  // a kind of a later version
}

void Applier::hello(int64_t attempt_id, const nlohmann::json& p) {
  const int64_t started = integer_at(p, "started_ms");
  db_.prepare(
         "UPDATE attempt SET host = ?, pid = ?, threads = ?, build = ?, start_iteration = ?, "
         "started_ms = ? WHERE id = ?")
      .bind(text_at(p, "host"), integer_at(p, "pid"), integer_at(p, "threads"),
            text_or_dump_at(p, "build"), integer_at(p, "start_iteration"), started, attempt_id)
      .run();
  apply_provenance(db_, attempt_id, p);
  db_.prepare("UPDATE run SET started_ms = COALESCE(started_ms, ?) WHERE id = ?")
      .bind(started, run_)
      .run();
}

void Applier::checkpoint(int64_t attempt_id, uint64_t seq, const nlohmann::json& p) {
  db_.prepare(
         "INSERT INTO checkpoint(attempt_id, seq, iteration, path, digest, bytes, kept_because) "
         "VALUES(?,?,?,?,?,?,?)")
      .bind(attempt_id, static_cast<int64_t>(seq), integer_at(p, "iteration"), text_at(p, "path"),
            text_at(p, "digest"), integer_at(p, "bytes"), text_or_dump_at(p, "kept_because"))
      .run();
}

void Applier::artifact(int64_t attempt_id, uint64_t seq, const nlohmann::json& p) {
  const std::string kind = text_at(p, "kind", text_at(p, "role"));
  db_.prepare(
         "INSERT INTO artifact(attempt_id, seq, kind, path, digest, bytes) VALUES(?,?,?,?,?,?)")
      .bind(attempt_id, static_cast<int64_t>(seq), kind, text_at(p, "path"), text_at(p, "digest"),
            integer_at(p, "bytes"))
      .run();
}

void Applier::write_reach(Attempt& known) {
  if (!known.touched) return;
  db_.prepare("UPDATE attempt SET first_step = ?, end_iteration = ? WHERE id = ?")
      .bind(known.first_step, known.end_iteration, known.id)
      .run();
  known.touched = false;
}

void Applier::bye(int64_t attempt_id, const nlohmann::json& p) {
  const int64_t code = integer_at(p, "exit_code");
  const int64_t iteration = integer_at(p, "iteration", -1);
  db_.prepare(
         "UPDATE attempt SET state = ?, exit_code = ?, reason = ?, ended_ms = ?, "
         "end_iteration = MAX(end_iteration, ?) WHERE id = ?")
      .bind(state_of_exit(code), code, text_at(p, "reason"), integer_at(p, "ended_ms", now_ms()),
            iteration, attempt_id)
      .run();
}

void Applier::event(int64_t attempt_id, const runlog::Record& record, const std::string& kind) {
  db_.prepare("INSERT INTO event(run_id, attempt_id, seq, t_ms, kind, json) VALUES(?,?,?,?,?,?)")
      .bind(run_, attempt_id, static_cast<int64_t>(record.seq), now_ms(), kind,
            dump(record.payload))
      .run();
}

void Applier::finish() {
  for (auto& [uid, known] : attempts_) write_reach(known);
  if (last_iteration_ != INT64_MIN)
    db_.prepare("UPDATE run SET iteration = ? WHERE id = ?").bind(last_iteration_, run_).run();
  if (rebuild_)
    rebuild_summaries(db_, run_);
  else
    for (const auto& [id, sum] : sums_) put_summary(db_, run_, id, sum);
}

}  // namespace rlreason::store
