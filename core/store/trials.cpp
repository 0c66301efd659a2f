#include "core/store/trials.h"

#include "core/error.h"
#include "core/store/clock.h"
#include "core/store/internal.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

int64_t experiment_of(Connection& db, const std::string& name) {
  auto statement = db.prepare("SELECT id FROM experiment WHERE name = ?");
  statement.bind(name);
  if (!statement.step()) throw UserError("required a registered experiment, '{}' came", name);
  return statement.integer(0);
}

void put_rungs(Connection& db, int64_t trial, const std::vector<RungValue>& rungs) {
  for (const auto& rung : rungs)
    db.prepare("INSERT OR REPLACE INTO rung_value(trial_id, rung, budget, value) VALUES(?,?,?,?)")
        .bind(trial, rung.rung, rung.budget, rung.value)
        .run();
}

}  // namespace

bool has_experiment(const Store& store, const std::string& name) {
  auto statement = store.connection().prepare("SELECT 1 FROM experiment WHERE name = ?");
  statement.bind(name);
  return statement.step();
}

int64_t add_trial(Store& store, const std::string& experiment, const TrialRow& trial) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  const int64_t id = experiment_of(db, experiment);
  int64_t n = 0;
  {
    auto next = db.prepare("SELECT COALESCE(MAX(n), -1) + 1 FROM trial WHERE experiment_id = ?");
    next.bind(id);
    if (next.step()) n = next.integer(0);
  }
  db.prepare(
        "INSERT INTO trial(experiment_id, n, variant, run_uid, sampler, sampler_state, point, "
        "rung, objective, state) VALUES(?,?,?,?,?,?,?,?,?,?)")
      .bind(id, n, trial.variant, trial.run_uid, trial.sampler, dump(trial.sampler_state),
            dump(trial.point), trial.rung, trial.objective, trial.state)
      .run();
  put_rungs(db, db.last_id(), trial.rungs);
  transaction.commit();
  return n;
}

void update_trial(Store& store, const std::string& experiment, const TrialRow& trial) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  auto statement = db.prepare(
      "UPDATE trial SET variant = ?, run_uid = ?, sampler = ?, sampler_state = ?, point = ?, rung "
      "= ?, objective = ?, state = ? WHERE experiment_id = ? AND n = ? RETURNING id");
  statement.bind(trial.variant, trial.run_uid, trial.sampler, dump(trial.sampler_state),
                 dump(trial.point), trial.rung, trial.objective, trial.state,
                 experiment_of(db, experiment), trial.n);
  if (!statement.step())
    throw UserError("{}: required a trial of the experiment, number {} came", experiment, trial.n);
  const int64_t id = statement.integer(0);
  statement.reset();
  put_rungs(db, id, trial.rungs);
  transaction.commit();
}

std::vector<TrialRow> trials(const Store& store, const std::string& experiment) {
  Connection& db = store.connection();
  const ReadTransaction snapshot(db);
  std::vector<TrialRow> rows;
  const int64_t id = experiment_of(db, experiment);
  auto s = db.prepare(
      "SELECT n, variant, run_uid, sampler, sampler_state, point, rung, objective, state FROM "
      "trial WHERE experiment_id = ? ORDER BY n");
  s.bind(id);
  while (s.step()) {
    TrialRow row{.n = s.integer(0),
                 .variant = s.text(1),
                 .run_uid = s.text(2),
                 .sampler = s.text(3),
                 .sampler_state = nlohmann::json::parse(s.text(4), nullptr, false),
                 .point = nlohmann::json::parse(s.text(5), nullptr, false),
                 .rung = s.integer(6),
                 .state = s.text(8)};
    if (!s.null(7)) row.objective = s.real(7);
    rows.push_back(std::move(row));
  }
  auto r = db.prepare(
      "SELECT t.n, v.rung, v.budget, v.value FROM rung_value v JOIN trial t ON t.id = v.trial_id "
      "WHERE t.experiment_id = ? ORDER BY t.n, v.rung");
  r.bind(id);
  while (r.step()) {
    RungValue value{.rung = r.integer(1), .budget = r.integer(2)};
    if (!r.null(3)) value.value = r.real(3);
    rows.at(static_cast<size_t>(r.integer(0))).rungs.push_back(value);  // numbers have no holes
  }
  return rows;
}

std::optional<int64_t> take_lease(Store& store, const std::string& name, const std::string& owner,
                                  int64_t ttl_ms) {
  RLR_ENSURE(!owner.empty(), "lease '{}' without an owner", name);
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  auto statement = db.prepare(
      "INSERT INTO lease(name, owner, fence, expires_ms) VALUES(?1, ?2, 1, ?3 + ?4) ON "
      "CONFLICT(name) DO UPDATE SET fence = fence + (owner <> excluded.owner), owner = "
      "excluded.owner, expires_ms = excluded.expires_ms WHERE owner = excluded.owner OR owner = '' "
      "OR expires_ms <= ?3 RETURNING fence");
  statement.bind(name, owner, now_ms(), ttl_ms);
  std::optional<int64_t> fence;
  if (statement.step()) fence = statement.integer(0);
  statement.reset();
  transaction.commit();
  return fence;
}

bool holds_lease(const Store& store, const std::string& name, const std::string& owner,
                 int64_t fence) {
  auto statement =
      store.connection().prepare("SELECT 1 FROM lease WHERE name = ? AND owner = ? AND fence = ?");
  statement.bind(name, owner, fence);
  return statement.step();
}

void release_lease(Store& store, const std::string& name, const std::string& owner) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  db.prepare("UPDATE lease SET owner = '', expires_ms = 0 WHERE name = ? AND owner = ?")
      .bind(name, owner)
      .run();
  transaction.commit();
}

std::string lease_owner(const Store& store, const std::string& name) {
  auto statement =
      store.connection().prepare("SELECT owner FROM lease WHERE name = ? AND expires_ms > ?");
  statement.bind(name, now_ms());
  return statement.step() ? statement.text(0) : "";
}

}  // namespace rlreason::store
