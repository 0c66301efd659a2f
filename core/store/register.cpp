// Registering what is planned or found: runs with their parameters, experiments, variants, cells, datasets.
#include "core/digest.h"
#include "core/error.h"
#include "core/store/clock.h"
#include "core/store/internal.h"
#include "core/store/payload.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

enum ValueType { kNull, kBoolean, kInteger, kReal, kText, kEmpty };

ValueType type_of(const nlohmann::json& value) {
  if (value.is_null()) return kNull;
  if (value.is_boolean()) return kBoolean;
  if (value.is_number_integer()) return kInteger;
  if (value.is_number()) return kReal;
  return value.is_string() ? kText : kEmpty;
}

void insert_params(Connection& db, int64_t run_id, const std::string& path,
                   const nlohmann::json& value) {
  if (value.is_structured() && !value.empty()) {
    size_t index = 0;
    for (const auto& [key, child] : value.items()) {
      const std::string part = value.is_array() ? std::to_string(index++) : key;
      insert_params(db, run_id, path.empty() ? part : path + "." + part, child);
    }
    return;
  }
  const ValueType type = type_of(value);
  std::optional<double> number;
  if (type == kInteger || type == kReal) number = value.get<double>();
  if (type == kBoolean) number = value.get<bool>() ? 1.0 : 0.0;
  db.prepare("INSERT OR REPLACE INTO param(run_id, path, vtype, num, txt) VALUES(?,?,?,?,?)")
      .bind(run_id, path, static_cast<int64_t>(type), number,
            type == kText ? value.get<std::string>() : dump(value))
      .run();
}

void insert_producers(Connection& db, int64_t run_id, const nlohmann::json& run) {
  const auto* producers = member(run, "producers");
  if (producers == nullptr) return;
  int64_t n = 0;
  for (const auto& producer : *producers)
    db.prepare("INSERT INTO edge(run_id, n, role, identity, path) VALUES(?,?,?,?,?)")
        .bind(run_id, n++, text_at(producer, "role"), text_at(producer, "identity"),
              text_at(producer, "path"))
        .run();
}

uint64_t seed_of(const nlohmann::json& run) {
  const auto* seed = member(run, "seed");
  if (seed == nullptr) return 0;
  if (!seed->is_number_integer())
    throw DataError("seed: required an integer, {} came", seed->type_name());
  return seed->get<uint64_t>();
}

std::string kind_of(const nlohmann::json& run) {
  const std::string kind = text_at(run, "kind", "train");
  if (kind != "prepare" && kind != "train" && kind != "evaluate")
    throw DataError("kind: required prepare, train or evaluate, '{}' came", kind);
  return kind;
}

int64_t insert_run(Connection& db, const nlohmann::json& run, const std::string& directory) {
  const auto* config = member(run, "config");
  const nlohmann::json empty = nlohmann::json::object();
  const std::string digest = put_blob(db, "config", dump(config ? *config : empty));
  const auto* argv = member(run, "argv");
  db.prepare(
        "INSERT INTO run(uid, name, kind, recipe, setting, seed, identity, config_digest, argv, "
        "build, directory, state, "
        "state_ms, created_ms) VALUES(?,?,?,?,?,?,?,?,?,?,?,'planned',?,?)")
      .bind(text_at(run, "uid"), text_at(run, "name"), kind_of(run), text_at(run, "recipe"),
            text_at(run, "setting"), static_cast<int64_t>(seed_of(run)), text_at(run, "identity"),
            digest, argv ? dump(*argv) : "[]", text_or_dump_at(run, "build"), directory, now_ms(),
            integer_at(run, "created_ms", now_ms()))
      .run();
  const int64_t id = db.last_id();
  if (config != nullptr) insert_params(db, id, "", *config);
  insert_producers(db, id, run);
  return id;
}

int64_t experiment_id(Connection& db, const std::string& name) {
  auto statement = db.prepare("SELECT id FROM experiment WHERE name = ?");
  statement.bind(name);
  if (!statement.step()) throw UserError("required a registered experiment, '{}' came", name);
  return statement.integer(0);
}

void put_experiment(Connection& db, const ExperimentSpec& spec) {
  std::optional<std::string> digest;
  if (!spec.spec.is_null()) digest = put_blob(db, "experiment", dump(spec.spec));
  db.prepare(
        "INSERT INTO experiment(name, kind, spec_digest, created_ms) VALUES(?,?,?,?) "
        "ON CONFLICT(name) DO UPDATE SET kind = excluded.kind, spec_digest = "
        "COALESCE(excluded.spec_digest, spec_digest)")
      .bind(spec.name, spec.kind, digest, now_ms())
      .run();
}

// A label whose configuration changed (the plan was edited) starts anew: its old runs no longer fill its cells.
void put_variant(Connection& db, const std::string& experiment, const VariantSpec& spec) {
  const int64_t id = experiment_id(db, experiment);
  db.prepare(
        "DELETE FROM variant_run WHERE variant_id IN "
        "(SELECT id FROM variant WHERE experiment_id = ? AND label = ? AND identity <> ?)")
      .bind(id, spec.label, spec.identity)
      .run();
  db.prepare(
        "INSERT INTO variant(experiment_id, label, role, identity, toggles) VALUES(?,?,?,?,?) "
        "ON CONFLICT(experiment_id, label) DO UPDATE SET role = excluded.role, identity = "
        "excluded.identity, "
        "toggles = excluded.toggles")
      .bind(id, spec.label, spec.role, spec.identity, dump(spec.toggles))
      .run();
}

void put_cell(Connection& db, const std::string& experiment, const std::string& variant,
              int64_t run_id) {
  auto statement = db.prepare(
      "SELECT v.id FROM variant v JOIN experiment e ON e.id = v.experiment_id WHERE e.name = ? AND "
      "v.label = ?");
  statement.bind(experiment, variant);
  if (!statement.step())
    throw UserError("required a registered variant of '{}', '{}' came", experiment, variant);
  db.prepare("INSERT OR IGNORE INTO variant_run(variant_id, run_id) VALUES(?,?)")
      .bind(statement.integer(0), run_id)
      .run();
}

// run.json may name its cell; a store that has not seen the plan still shows where the run belongs.
void link_cell(Connection& db, const nlohmann::json& run, int64_t run_id) {
  const std::string experiment = text_at(run, "experiment"), variant = text_at(run, "variant");
  if (experiment.empty() || variant.empty()) return;
  auto known = db.prepare(
      "SELECT 1 FROM variant v JOIN experiment e ON e.id = v.experiment_id WHERE e.name = ? AND "
      "v.label = ?");
  known.bind(experiment, variant);
  if (!known.step()) {
    db.prepare("INSERT OR IGNORE INTO experiment(name, kind, created_ms) VALUES(?,'adhoc',?)")
        .bind(experiment, now_ms())
        .run();
    put_variant(db, experiment, {.label = variant, .identity = text_at(run, "identity")});
  }
  put_cell(db, experiment, variant, run_id);
}

}  // namespace

std::string put_blob(Connection& db, const std::string& kind, const std::string& data) {
  const std::string digest = sha256(data);
  db.prepare("INSERT OR IGNORE INTO blob(digest, kind, size, data) VALUES(?,?,?,?)")
      .bind(digest, kind, static_cast<int64_t>(data.size()), data)
      .run();
  return digest;
}

std::optional<int64_t> run_id(Connection& db, const std::string& uid) {
  auto statement = db.prepare("SELECT id FROM run WHERE uid = ?");
  statement.bind(uid);
  if (!statement.step()) return std::nullopt;
  return statement.integer(0);
}

int64_t known_run_id(Connection& db, const std::string& uid) {
  if (const auto id = run_id(db, uid)) return *id;
  throw UserError("{}: required a run of this store, '{}' came; see rlreason runs",
                  db.path().string(), uid);
}

std::string absolute_directory(const std::filesystem::path& directory) {
  auto path = std::filesystem::weakly_canonical(std::filesystem::absolute(directory));
  if (!path.has_filename()) path = path.parent_path();
  return path.string();
}

std::string Store::register_run(const nlohmann::json& run, const std::filesystem::path& directory) {
  const std::string place = absolute_directory(directory), where = place + "/run.json";
  try {
    const std::string uid = text_at(run, "uid");
    if (uid.empty()) throw DataError("uid: required a text, none came");
    auto known = db_->prepare("SELECT directory, identity FROM run WHERE uid = ?");
    known.bind(uid);
    const bool exists = known.step();
    if (exists && known.text(1) != text_at(run, "identity"))
      throw DataError(
          "uid {}: required the identity {} of the stored run, another came; use a new directory",
          uid, known.text(1));
    const bool same = exists && known.text(0) == place;
    known.reset();
    if (same) return uid;
    WriteTransaction transaction(*db_);
    if (const auto id =
            run_id(*db_, uid)) {  // moved; whoever moved it says where its producers are from there
      db_->prepare("UPDATE run SET directory = ? WHERE id = ?").bind(place, *id).run();
      db_->prepare("DELETE FROM edge WHERE run_id = ?").bind(*id).run();
      insert_producers(*db_, *id, run);
    } else {
      link_cell(*db_, run, insert_run(*db_, run, place));
    }
    transaction.commit();
    return uid;
  } catch (const DataError& error) {
    throw DataError("{}: {}", where, error.what());
  }
}

void Store::register_experiment(const ExperimentSpec& spec) {
  WriteTransaction transaction(*db_);
  put_experiment(*db_, spec);
  transaction.commit();
}

void Store::register_variant(const std::string& experiment, const VariantSpec& spec) {
  WriteTransaction transaction(*db_);
  put_variant(*db_, experiment, spec);
  transaction.commit();
}

void Store::register_cell(const std::string& experiment, const std::string& variant,
                          const std::string& run_uid) {
  WriteTransaction transaction(*db_);
  put_cell(*db_, experiment, variant, known_run_id(*db_, run_uid));
  transaction.commit();
}

void Store::register_dataset(const DatasetRow& dataset) {
  WriteTransaction transaction(*db_);
  std::optional<std::string> manifest;
  if (!dataset.manifest.is_null()) manifest = put_blob(*db_, "manifest", dump(dataset.manifest));
  db_->prepare(
         "INSERT INTO dataset(name, digest, n_items, manifest_digest, license, created_ms) "
         "VALUES(?,?,?,?,?,?) "
         "ON CONFLICT(digest) DO UPDATE SET name = excluded.name, n_items = excluded.n_items, "
         "license = excluded.license, manifest_digest = COALESCE(excluded.manifest_digest, "
         "manifest_digest)")
      .bind(dataset.name, dataset.digest, dataset.n_items, manifest, dataset.license, now_ms())
      .run();
  transaction.commit();
}

void Store::set_state(const std::string& run_uid, RunState state, const std::string& reason) {
  WriteTransaction transaction(*db_);
  const int64_t id = known_run_id(*db_, run_uid);
  const bool ended = state != RunState::planned && state != RunState::running;
  db_->prepare(
         "UPDATE run SET state = ?, reason = ?, state_ms = ?, ended_ms = CASE WHEN ? THEN ? ELSE "
         "NULL END "
         "WHERE id = ? AND state <> 'done'")
      .bind(to_string(state), reason, now_ms(), int64_t{ended}, now_ms(), id)
      .run();
  if (ended)
    db_->prepare(
           "UPDATE attempt SET state = ?, reason = ?, ended_ms = ? WHERE run_id = ? AND state = "
           "'running'")
        .bind(to_string(state), reason, now_ms(), id)
        .run();
  transaction.commit();
}

std::optional<RunState> run_state(const std::string& name) {
  for (const auto state : {RunState::planned, RunState::running, RunState::done, RunState::failed,
                           RunState::preempted, RunState::killed})
    if (name == to_string(state)) return state;
  return std::nullopt;
}

}  // namespace rlreason::store
