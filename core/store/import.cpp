// Archives: merging one.  Rows of the archive (schema `a`) get numbers of ours through temporary maps old -> new.
#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/process/io.h"
#include "core/store/archive.h"
#include "core/store/internal.h"

namespace rlreason::store {
namespace fs = std::filesystem;
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

// Every table and index of a store as its own text; triggers and views show as well.
std::string tables(Connection& db, const std::string& schema) {
  std::string all;
  auto s = db.prepare("SELECT type, name, COALESCE(sql, '') FROM " + schema +
                      ".sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name");
  while (s.step()) all += s.text(0) + ' ' + s.text(1) + ' ' + s.text(2) + '\n';
  return all;
}

// Shared rows by their own keys; afterwards temp.m_* say which number of ours each of the archive's became.
constexpr const char* kShared = R"sql(
INSERT OR IGNORE INTO main.blob SELECT * FROM a.blob;
INSERT OR IGNORE INTO main.metric(name) SELECT name FROM a.metric;
INSERT OR IGNORE INTO main.protocol(digest, json) SELECT digest, json FROM a.protocol;
INSERT OR IGNORE INTO main.dataset(name, digest, n_items, manifest_digest, license, created_ms)
  SELECT name, digest, n_items, manifest_digest, license, created_ms FROM a.dataset;
INSERT OR IGNORE INTO main.code(digest, source, commit_name, binary_sha256, git_sha, git_tree, dirty, diff_digest,
  untracked_digest) SELECT digest, source, commit_name, binary_sha256, git_sha, git_tree, dirty, diff_digest,
  untracked_digest FROM a.code;
INSERT OR IGNORE INTO main.env(digest, cpu, threads, torch, cuda, gpu, os)
  SELECT digest, cpu, threads, torch, cuda, gpu, os FROM a.env;
INSERT OR IGNORE INTO main.published(source, source_version, locator, system, base_model, benchmark, metric, k, value,
  uncertainty, uncertainty_kind, n_seeds, protocol, file_digest, checked_by) SELECT source, source_version, locator,
  system, base_model, benchmark, metric, k, value, uncertainty, uncertainty_kind, n_seeds, protocol, file_digest,
  checked_by FROM a.published;
CREATE TEMP TABLE m_metric(old INTEGER PRIMARY KEY, new INTEGER);
INSERT INTO temp.m_metric SELECT o.id, n.id FROM a.metric o JOIN main.metric n ON n.name = o.name;
CREATE TEMP TABLE m_protocol(old INTEGER PRIMARY KEY, new INTEGER);
INSERT INTO temp.m_protocol SELECT o.id, n.id FROM a.protocol o JOIN main.protocol n ON n.digest = o.digest;
CREATE TEMP TABLE m_code(old INTEGER PRIMARY KEY, new INTEGER);
INSERT INTO temp.m_code SELECT o.id, n.id FROM a.code o JOIN main.code n ON n.digest = o.digest;
CREATE TEMP TABLE m_env(old INTEGER PRIMARY KEY, new INTEGER);
INSERT INTO temp.m_env SELECT o.id, n.id FROM a.env o JOIN main.env n ON n.digest = o.digest;
CREATE TEMP TABLE m_layout(old INTEGER PRIMARY KEY, new INTEGER);
CREATE TEMP TABLE m_run(old INTEGER PRIMARY KEY, new INTEGER, fresh INTEGER);
)sql";

// Lists of metric numbers, written with ours.
void map_layouts(Connection& db) {
  std::map<int64_t, int64_t> metrics;
  {
    auto s = db.prepare("SELECT old, new FROM temp.m_metric");
    while (s.step()) metrics[s.integer(0)] = s.integer(1);
  }
  std::map<int64_t, std::string> layouts;
  {
    auto s = db.prepare("SELECT id, metric_ids FROM a.layout");
    while (s.step()) {
      std::string ours;
      const std::string text = s.text(1);
      for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        const auto it =
            metrics.find(std::strtoll(text.substr(begin, end - begin).c_str(), nullptr, 10));
        if (it == metrics.end())
          throw StoreError("the archive: a layout names a metric that is not there");
        ours += (ours.empty() ? "" : ",") + std::to_string(it->second);
        begin = end + 1;
      }
      layouts[s.integer(0)] = ours;
    }
  }
  for (const auto& [old, ours] : layouts) {
    db.prepare("INSERT OR IGNORE INTO main.layout(metric_ids) VALUES(?)").bind(ours).run();
    db.prepare("INSERT INTO temp.m_layout SELECT ?, id FROM main.layout WHERE metric_ids = ?")
        .bind(old, ours)
        .run();
  }
}

// Attempt ?1 of the archive as attempt ?2 of ours.
constexpr const char* kAttemptRows[] = {
    "INSERT INTO main.tail SELECT ?2, t.seq, t.iteration, m.new, t.vals FROM a.tail t JOIN "
    "temp.m_layout m ON m.old = "
    "t.layout_id WHERE t.attempt_id = ?1",
    "INSERT INTO main.chunk(attempt_id, metric_id, part, n, first, last, codec, n_nonfinite, vmin, "
    "vmax, data) SELECT ?2, "
    "m.new, c.part, c.n, c.first, c.last, c.codec, c.n_nonfinite, c.vmin, c.vmax, c.data FROM "
    "a.chunk c JOIN temp.m_metric "
    "m ON m.old = c.metric_id WHERE c.attempt_id = ?1",
    "INSERT INTO main.checkpoint SELECT ?2, seq, iteration, path, digest, bytes, kept_because FROM "
    "a.checkpoint WHERE "
    "attempt_id = ?1",
    "INSERT INTO main.artifact(attempt_id, seq, kind, path, digest, bytes) SELECT ?2, seq, kind, "
    "path, digest, bytes FROM "
    "a.artifact WHERE attempt_id = ?1",
    "INSERT INTO main.eval_result(attempt_id, seq, suite, iteration, protocol_id, dataset_digest, "
    "checkpoint, n_items, "
    "n_samples, n_right, n_unscored, texts, texts_digest, probes) SELECT ?2, e.seq, e.suite, "
    "e.iteration, m.new, "
    "e.dataset_digest, e.checkpoint, e.n_items, e.n_samples, e.n_right, e.n_unscored, e.texts, "
    "e.texts_digest, e.probes "
    "FROM a.eval_result e JOIN temp.m_protocol m ON m.old = e.protocol_id WHERE e.attempt_id = ?1",
    "INSERT INTO main.eval_fact SELECT n.id, f.item, f.sample, f.outcome, f.rule, f.reason, "
    "f.answer, f.length, f.finish, "
    "f.flags FROM a.eval_fact f JOIN a.eval_result o ON o.id = f.eval_id JOIN main.eval_result n "
    "ON n.attempt_id = ?2 AND "
    "n.seq = o.seq WHERE o.attempt_id = ?1"};

// Rows of run ?1 of the archive for run ?2 of ours; each may be there already.
constexpr const char* kRunRows[] = {
    "INSERT OR IGNORE INTO main.param SELECT ?2, path, vtype, num, txt FROM a.param WHERE run_id = "
    "?1",
    "INSERT OR IGNORE INTO main.edge SELECT ?2, n, role, identity, path FROM a.edge WHERE run_id = "
    "?1",
    "INSERT OR IGNORE INTO main.series(run_id, metric_id) SELECT ?2, m.new FROM a.series s JOIN "
    "temp.m_metric m ON m.old = "
    "s.metric_id WHERE s.run_id = ?1",
    "INSERT OR IGNORE INTO main.tag SELECT ?2, tag FROM a.tag WHERE run_id = ?1",
    "INSERT OR IGNORE INTO main.note(run_id, t_ms, author, text) SELECT ?2, t_ms, author, text "
    "FROM a.note WHERE run_id = ?1",
    "INSERT INTO main.event(run_id, attempt_id, seq, t_ms, kind, json) SELECT ?2, n.id, e.seq, "
    "e.t_ms, e.kind, e.json FROM "
    "a.event e LEFT JOIN a.attempt o ON o.id = e.attempt_id LEFT JOIN main.attempt n ON n.run_id = "
    "?2 AND n.uid = o.uid "
    "WHERE e.run_id = ?1 AND NOT EXISTS(SELECT 1 FROM main.event x WHERE x.run_id = ?2 AND "
    "x.attempt_id IS n.id AND x.seq IS "
    "e.seq AND x.t_ms = e.t_ms AND x.kind = e.kind AND x.json = e.json)",
    "INSERT OR IGNORE INTO main.spool_cursor SELECT ?2, attempt_uid, fragment, offset, seq, "
    "updated_ms FROM a.spool_cursor "
    "WHERE run_id = ?1"};

class Merger {
 public:
  Merger(Connection& db, ImportReport& report) : db_(db), report_(report) {}

  void merge() {
    db_.execute(kShared);
    map_layouts(db_);
    for (const auto& [old, uid] : list("SELECT id, uid FROM a.run ORDER BY id")) run(old, uid);
    experiments();
    reports();
    neutral();
    for (const char* table : {"m_metric", "m_protocol", "m_code", "m_env", "m_layout", "m_run"})
      db_.execute(fmt::format("DROP TABLE temp.{}", table));
  }

 private:
  std::vector<std::pair<int64_t, std::string>> list(const std::string& sql) {
    std::vector<std::pair<int64_t, std::string>> rows;
    auto s = db_.prepare(sql);
    while (s.step()) rows.emplace_back(s.integer(0), s.text(1));
    return rows;
  }
  template <class... Values>
  int64_t number(const char* sql, const Values&... values) {
    auto s = db_.prepare(sql);
    s.bind(values...);
    return s.step() ? s.integer(0) : 0;
  }

  void run(int64_t old, const std::string& uid) {
    int64_t ours = number("SELECT id FROM main.run WHERE uid = ?", uid);
    const bool fresh = ours == 0;
    if (!fresh && number("SELECT o.identity <> n.identity OR o.seed <> n.seed OR o.config_digest "
                         "<> n.config_digest FROM "
                         "a.run o, main.run n WHERE o.id = ? AND n.id = ?",
                         old, ours) != 0) {
      report_.conflicts.push_back(
          fmt::format("run {}: another configuration under the same uid; ours was kept", uid));
      return;
    }
    if (fresh) {
      db_.prepare(
             "INSERT INTO main.run(uid, name, kind, recipe, setting, seed, identity, "
             "config_digest, argv, build, directory, "
             "state, reason, state_ms, created_ms, started_ms, ended_ms, iteration, origin_store) "
             "SELECT uid, name, kind, "
             "recipe, setting, seed, identity, config_digest, argv, build, directory, state, "
             "reason, state_ms, created_ms, "
             "started_ms, ended_ms, iteration, CASE origin_store WHEN '' THEN (SELECT value FROM "
             "a.meta WHERE key = "
             "'store_uuid') ELSE origin_store END FROM a.run WHERE id = ?")
          .bind(old)
          .run();
      ours = db_.last_id();
      ++report_.runs;
    }
    db_.prepare("INSERT INTO temp.m_run VALUES(?,?,?)").bind(old, ours, int64_t{fresh}).run();
    const int64_t before = report_.attempts;
    attempts(old, ours, uid);
    for (const char* sql : kRunRows) db_.prepare(sql).bind(old, ours).run();
    if (report_.attempts == before && !fresh) return;
    rebuild_summaries(db_, ours);
    if (!fresh)  // how it stands is what its last attempt says
      db_.prepare(
             "UPDATE main.run SET (state, reason, state_ms, started_ms, ended_ms, iteration) = "
             "(SELECT state, reason, state_ms, started_ms, ended_ms, iteration FROM a.run WHERE id "
             "= ?1) WHERE id = ?2 AND (SELECT uid FROM main.attempt WHERE run_id = ?2 ORDER BY n "
             "DESC LIMIT 1) = (SELECT uid FROM a.attempt WHERE run_id = ?1 ORDER BY n DESC LIMIT "
             "1)")
          .bind(old, ours)
          .run();
  }

  // How much an attempt recorded, as one text to compare.
  std::string extent(const char* schema, int64_t attempt) {
    auto s =
        db_.prepare(fmt::format("SELECT (SELECT COUNT(*) FROM {0}.eval_result WHERE attempt_id = "
                                "?1) || ' evaluation records, up to iteration ' || "
                                "end_iteration || ', ' || state FROM {0}.attempt WHERE id = ?1",
                                schema));
    s.bind(attempt);
    return s.step() ? s.text(0) : "";
  }

  void attempts(int64_t old_run, int64_t our_run, const std::string& run_uid) {
    for (const auto& [old, uid] :
         list(fmt::format("SELECT id, uid FROM a.attempt WHERE run_id = {} ORDER BY n", old_run))) {
      const int64_t known =
          number("SELECT id FROM main.attempt WHERE run_id = ? AND uid = ?", our_run, uid);
      if (known != 0) {
        const std::string theirs = extent("a", old), here = extent("main", known);
        if (theirs != here)
          report_.conflicts.push_back(fmt::format(
              "run {} attempt {}: {} there, {} here; ours was kept", run_uid, uid, theirs, here));
        continue;
      }
      db_.prepare(
             "INSERT INTO main.attempt(run_id, uid, n, host, pid, threads, build, state, "
             "exit_code, reason, start_iteration, "
             "first_step, end_iteration, heartbeats, heartbeat_ms, started_ms, ended_ms, code_id, "
             "env_id, backend, handle, "
             "gpus, pid_start, boot_id) SELECT ?2, o.uid, CASE WHEN EXISTS(SELECT 1 FROM "
             "main.attempt x WHERE x.run_id = ?2 "
             "AND x.n = o.n) THEN (SELECT MAX(n) + 1 FROM main.attempt x WHERE x.run_id = ?2) ELSE "
             "o.n END, o.host, o.pid, "
             "o.threads, o.build, o.state, o.exit_code, o.reason, o.start_iteration, o.first_step, "
             "o.end_iteration, "
             "o.heartbeats, o.heartbeat_ms, o.started_ms, o.ended_ms, c.new, e.new, o.backend, "
             "o.handle, o.gpus, "
             "o.pid_start, o.boot_id FROM a.attempt o LEFT JOIN temp.m_code c ON c.old = o.code_id "
             "LEFT JOIN temp.m_env e ON "
             "e.old = o.env_id WHERE o.id = ?1")
          .bind(old, our_run)
          .run();
      const int64_t ours = db_.last_id();
      for (const char* sql : kAttemptRows) db_.prepare(sql).bind(old, ours).run();
      ++report_.attempts;
    }
  }

  void experiments() {
    const int64_t before = db_.integer("SELECT COUNT(*) FROM main.experiment");
    db_.execute(
        "INSERT OR IGNORE INTO main.experiment(name, kind, spec_digest, created_ms) SELECT name, "
        "kind, spec_digest, "
        "created_ms FROM a.experiment;"
        "INSERT OR IGNORE INTO main.variant(experiment_id, label, role, identity, toggles) SELECT "
        "n.id, v.label, v.role, "
        "v.identity, v.toggles FROM a.variant v JOIN a.experiment o ON o.id = v.experiment_id JOIN "
        "main.experiment n ON "
        "n.name = o.name;"
        "INSERT OR IGNORE INTO main.variant_run(variant_id, run_id) SELECT w.id, m.new FROM "
        "a.variant_run l JOIN a.variant v "
        "ON v.id = l.variant_id JOIN a.experiment o ON o.id = v.experiment_id JOIN main.experiment "
        "n ON n.name = o.name JOIN "
        "main.variant w ON w.experiment_id = n.id AND w.label = v.label AND w.identity = "
        "v.identity JOIN temp.m_run m ON "
        "m.old = l.run_id;"
        "INSERT OR IGNORE INTO main.trial(experiment_id, n, variant, run_uid, sampler, "
        "sampler_state, point, rung, objective, "
        "state) SELECT n.id, t.n, t.variant, t.run_uid, t.sampler, t.sampler_state, t.point, "
        "t.rung, t.objective, t.state "
        "FROM a.trial t JOIN a.experiment o ON o.id = t.experiment_id JOIN main.experiment n ON "
        "n.name = o.name;"
        "INSERT OR IGNORE INTO main.rung_value(trial_id, rung, budget, value) SELECT w.id, g.rung, "
        "g.budget, g.value FROM "
        "a.rung_value g JOIN a.trial t ON t.id = g.trial_id JOIN a.experiment o ON o.id = "
        "t.experiment_id JOIN "
        "main.experiment n ON n.name = o.name JOIN main.trial w ON w.experiment_id = n.id AND w.n "
        "= t.n");
    report_.experiments = db_.integer("SELECT COUNT(*) FROM main.experiment") - before;
    auto s = db_.prepare(
        "SELECT o.name, v.label FROM a.variant v JOIN a.experiment o ON o.id = v.experiment_id "
        "JOIN main.experiment n ON "
        "n.name = o.name JOIN main.variant w ON w.experiment_id = n.id AND w.label = v.label WHERE "
        "w.identity <> v.identity");
    while (s.step())
      report_.conflicts.push_back(
          fmt::format("experiment {} variant {}: another configuration; its runs came without it",
                      s.text(0), s.text(1)));
  }

  void reports() {
    const int64_t before = db_.integer("SELECT COUNT(*) FROM main.report");
    db_.execute(
        "INSERT OR IGNORE INTO main.report(uid, created_ms, kind, spec_digest, inputs_digest, "
        "result_digest) SELECT uid, "
        "created_ms, kind, spec_digest, inputs_digest, result_digest FROM a.report;"
        "INSERT OR IGNORE INTO main.report_run(report_id, run_id) SELECT n.id, m.new FROM "
        "a.report_run l JOIN a.report o ON "
        "o.id = l.report_id JOIN main.report n ON n.uid = o.uid JOIN temp.m_run m ON m.old = "
        "l.run_id;"
        "INSERT OR IGNORE INTO main.report_output(report_id, path, sha256, written_ms) SELECT "
        "n.id, t.path, t.sha256, "
        "t.written_ms FROM a.report_output t JOIN a.report o ON o.id = t.report_id JOIN "
        "main.report n ON n.uid = o.uid;"
        "INSERT OR IGNORE INTO main.invalidation(uid, created_ms, selector, reason, fixed_by, "
        "author) SELECT uid, created_ms, "
        "selector, reason, fixed_by, author FROM a.invalidation;"
        "INSERT OR IGNORE INTO main.invalidation_run(invalidation_id, run_id) SELECT n.id, m.new "
        "FROM a.invalidation_run l "
        "JOIN a.invalidation o ON o.id = l.invalidation_id JOIN main.invalidation n ON n.uid = "
        "o.uid JOIN temp.m_run m ON "
        "m.old = l.run_id");
    report_.reports = db_.integer("SELECT COUNT(*) FROM main.report") - before;
  }

  void neutral() {
    const int64_t before = db_.integer("SELECT COUNT(*) FROM main.neutral");
    db_.execute(
        "INSERT OR IGNORE INTO main.neutral(uid, created_ms, a, a_commit, b, b_commit, reason, "
        "author) SELECT uid, created_ms, a, a_commit, b, b_commit, reason, author FROM a.neutral");
    report_.neutral = db_.integer("SELECT COUNT(*) FROM main.neutral") - before;
  }

  Connection& db_;
  ImportReport& report_;
};

// The archive as a copy of our own: checked, of our version, nobody's but ours while it is read.
void take_copy(const fs::path& file, const fs::path& copy) {
  {
    Connection theirs(file, Mode::read_only, Connection::Older::as_it_is);
    if (const auto problem = integrity_problem(theirs))
      throw StoreError("{}: required a sound archive, {}; ask for it again", file.string(),
                       *problem);
    theirs.copy_to(copy);
  }
  Store::open(copy);  // an older version is brought up to date here, not in the archive
}

void merge_copy(Store& store, const fs::path& file, const fs::path& copy, ImportReport& report) {
  Connection& db = store.connection();
  db.execute("ATTACH " + quoted(copy.string()) + " AS a");
  if (tables(db, "a") != tables(db, "main"))
    throw RefusedError(
        "{}: required exactly the tables of version {}, others came; ask for an archive of "
        "'rlreason store "
        "export'",
        file.string(), schema_version());
  WriteTransaction transaction(db);
  Merger(db, report).merge();
  transaction.commit();
}

}  // namespace

ImportReport import_archive(Store& store, const fs::path& file) {
  ImportReport report;
  const fs::path copy = process::temporary_beside(store.path());
  const auto remove_all = [&] {
    for (const char* end : {"", ".lock", "-wal", "-shm"}) process::remove_file(copy.string() + end);
    for (int64_t version = 1; version < schema_version();
         ++version)  // as it was before it was brought up to date
      process::remove_file(fmt::format("{}.v{}", copy.string(), version));
  };
  try {
    take_copy(file, copy);
    Store own = Store::open(store.path());  // its statements over the archive end with it
    merge_copy(own, file, copy, report);
  } catch (...) {
    remove_all();
    throw;
  }
  remove_all();
  return report;
}

}  // namespace rlreason::store
