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
      db_.prepare("SELECT id, first_step IS NOT NULL FROM attempt WHERE run_id = ? AND uid = ?");
  statement.bind(run_, uid);
  RLR_ENSURE(statement.step(), "attempt {}", uid);
  return attempts_.emplace(uid, Attempt{statement.integer(0), statement.integer(1) != 0})
      .first->second;
}

void Applier::apply(const runlog::Record& record) {
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

int64_t Applier::metric(const std::string& name) {
  const auto it = metrics_.find(name);
  if (it != metrics_.end()) return it->second;
  db_.prepare("INSERT OR IGNORE INTO metric(name) VALUES(?)").bind(name).run();
  auto statement = db_.prepare("SELECT id FROM metric WHERE name = ?");
  statement.bind(name);
  RLR_ENSURE(statement.step(), "metric {}", name);
  const int64_t id = statement.integer(0);
  db_.prepare("INSERT OR IGNORE INTO series(run_id, metric_id) VALUES(?,?)").bind(run_, id).run();
  return metrics_.emplace(name, id).first->second;
}

Accumulator& Applier::sums(int64_t id) {
  const auto it = sums_.find(id);
  if (it != sums_.end()) return it->second;
  Accumulator loaded;
  auto statement = db_.prepare(
      "SELECT n, last, last_iteration, min, max, mean, n_nonfinite FROM summary WHERE run_id = ? "
      "AND metric_id = ?");
  statement.bind(run_, id);
  if (statement.step()) {
    loaded = {.n = statement.integer(0),
              .n_nonfinite = statement.integer(6),
              .last_iteration = statement.integer(2)};
    loaded.last = statement.real(1);
    if (loaded.n > 0) {
      loaded.min = statement.real(3);
      loaded.max = statement.real(4);
      loaded.mean = statement.real(5);
    }
  }
  return sums_.emplace(id, loaded).first->second;
}

void Applier::step(const std::string& uid, uint64_t seq, const nlohmann::json& p) {
  const auto* iteration_field = member(p, "iteration");
  const auto* named = member(p, "values");
  if (iteration_field == nullptr || named == nullptr || !named->is_object())
    throw DataError("required iteration and values");
  const int64_t iteration = integer_at(p, "iteration");
  std::string layout;
  std::vector<int64_t> ids;
  std::vector<double> values;
  for (const auto& [name, value] : named->items()) values.push_back(runlog::to_double(value));
  for (const auto& [name, value] : named->items()) {
    ids.push_back(metric(name));
    if (!layout.empty()) layout += ',';
    layout += std::to_string(ids.back());
  }
  if (!layouts_.contains(layout)) {
    db_.prepare("INSERT OR IGNORE INTO layout(metric_ids) VALUES(?)").bind(layout).run();
    auto statement = db_.prepare("SELECT id FROM layout WHERE metric_ids = ?");
    statement.bind(layout);
    RLR_ENSURE(statement.step(), "layout {}", layout);
    layouts_.emplace(layout, statement.integer(0));
  }
  Attempt& writer = attempt(uid);
  db_.prepare("INSERT INTO tail(attempt_id, seq, iteration, layout_id, vals) VALUES(?,?,?,?,?)")
      .bind(writer.id, static_cast<int64_t>(seq), iteration, layouts_.at(layout),
            std::span<const double>(values))
      .run();
  db_.prepare(
         "UPDATE attempt SET first_step = MIN(COALESCE(first_step, ?1), ?1), end_iteration = ?1 "
         "WHERE id = ?2")
      .bind(iteration, writer.id)
      .run();
  if (last_iteration_ == INT64_MIN) {
    auto statement = db_.prepare("SELECT iteration FROM run WHERE id = ?");
    statement.bind(run_);
    last_iteration_ = statement.step() ? statement.integer(0) : -1;
  }
  // Values arrive in order almost always; a repeated or earlier iteration makes the summaries start over.
  const bool fresh = !writer.stepped;
  rebuild_ = rebuild_ || iteration < last_iteration_ || (fresh && iteration <= last_iteration_);
  for (size_t i = 0; i < ids.size(); ++i) {
    Accumulator& sum = sums(ids[i]);
    if (sum.last_iteration >= iteration && sum.n + sum.n_nonfinite > 0) rebuild_ = true;
    sum.add(iteration, values[i]);
  }
  writer.stepped = true;
  last_iteration_ = iteration;
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
  if (last_iteration_ != INT64_MIN)
    db_.prepare("UPDATE run SET iteration = ? WHERE id = ?").bind(last_iteration_, run_).run();
  if (rebuild_)
    rebuild_summaries(db_, run_);
  else
    for (const auto& [id, sum] : sums_) put_summary(db_, run_, id, sum);
}

}  // namespace rlreason::store
