// The store's schema as numbered migrations; the newest is the present one.  Never edit one that has been released:
// add another.  Columns are never renamed or used again for something else.
//
// min_reader and min_writer go to table meta: the oldest program version (its newest migration) that may still read or
// write such a store.  Raise min_reader when older programs would show something wrong, not when tables were added.
//
// seed holds the 64 bits of an unsigned number.  A NULL in a REAL column is "no finite value"; NaN and infinities live
// in tail.vals, as f64 in the order of layout.metric_ids.
#pragma once

#include <array>

namespace rlreason::store {

struct Migration {
  int version;
  const char* name;
  int min_reader, min_writer;
  const char* sql;
};

inline constexpr std::array<Migration, 3> kMigrations = {{{1, "first tables", 1, 1, R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE migration(version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  applied_ms INTEGER NOT NULL) STRICT;

-- small things by content: resolved configurations, specifications, manifests
CREATE TABLE blob(digest TEXT PRIMARY KEY, kind TEXT NOT NULL, codec INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL, data TEXT NOT NULL) STRICT;

CREATE TABLE experiment(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK(kind IN('adhoc','sweep','ablation','reproduction')),
  spec_digest TEXT REFERENCES blob(digest), created_ms INTEGER NOT NULL) STRICT;
CREATE TABLE variant(id INTEGER PRIMARY KEY, experiment_id INTEGER NOT NULL REFERENCES experiment(id),
  label TEXT NOT NULL, role TEXT NOT NULL, identity TEXT NOT NULL, toggles TEXT NOT NULL,
  UNIQUE(experiment_id, label)) STRICT;
CREATE INDEX variant_identity ON variant(identity);

CREATE TABLE run(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN('prepare','train','evaluate')),
  recipe TEXT NOT NULL, setting TEXT NOT NULL, seed INTEGER NOT NULL, identity TEXT NOT NULL,
  config_digest TEXT NOT NULL REFERENCES blob(digest), argv TEXT NOT NULL, build TEXT NOT NULL,
  directory TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN('planned','running','done','failed','preempted','killed')),
  reason TEXT NOT NULL DEFAULT '', state_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, started_ms INTEGER, ended_ms INTEGER,
  iteration INTEGER NOT NULL DEFAULT -1) STRICT;
CREATE INDEX run_identity ON run(identity, seed);
CREATE INDEX run_directory ON run(directory);
CREATE INDEX run_open ON run(state) WHERE state IN('planned','running');
CREATE TABLE variant_run(variant_id INTEGER NOT NULL REFERENCES variant(id),
  run_id INTEGER NOT NULL REFERENCES run(id), PRIMARY KEY(variant_id, run_id)) STRICT, WITHOUT ROWID;
CREATE TABLE edge(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, n INTEGER NOT NULL,
  role TEXT NOT NULL, identity TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY(run_id, n)) STRICT, WITHOUT ROWID;
CREATE INDEX edge_identity ON edge(identity);
-- vtype: 0 null, 1 boolean, 2 integer, 3 real, 4 text, 5 empty list or map
CREATE TABLE param(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, path TEXT NOT NULL,
  vtype INTEGER NOT NULL, num REAL, txt TEXT NOT NULL, PRIMARY KEY(run_id, path)) STRICT, WITHOUT ROWID;
CREATE INDEX param_path_num ON param(path, num) WHERE num IS NOT NULL;
CREATE INDEX param_path_txt ON param(path, txt);

CREATE TABLE attempt(id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  uid TEXT NOT NULL, n INTEGER NOT NULL, host TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL DEFAULT 0,
  threads INTEGER NOT NULL DEFAULT 0, build TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK(state IN('running','done','failed','preempted','killed')), exit_code INTEGER,
  reason TEXT NOT NULL DEFAULT '', start_iteration INTEGER NOT NULL DEFAULT 0,
  first_step INTEGER, end_iteration INTEGER NOT NULL DEFAULT -1, heartbeats INTEGER NOT NULL DEFAULT 0, heartbeat_ms INTEGER,
  started_ms INTEGER, ended_ms INTEGER, UNIQUE(run_id, uid), UNIQUE(run_id, n)) STRICT;

CREATE TABLE metric(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE series(id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  metric_id INTEGER NOT NULL REFERENCES metric(id), UNIQUE(run_id, metric_id)) STRICT;
CREATE TABLE layout(id INTEGER PRIMARY KEY, metric_ids TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE tail(attempt_id INTEGER NOT NULL REFERENCES attempt(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  iteration INTEGER NOT NULL, layout_id INTEGER NOT NULL REFERENCES layout(id), vals BLOB NOT NULL,
  PRIMARY KEY(attempt_id, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE summary(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  metric_id INTEGER NOT NULL REFERENCES metric(id), n INTEGER NOT NULL, last REAL, last_iteration INTEGER NOT NULL,
  min REAL, max REAL, mean REAL, n_nonfinite INTEGER NOT NULL,
  PRIMARY KEY(run_id, metric_id)) STRICT, WITHOUT ROWID;
CREATE INDEX summary_metric ON summary(metric_id, last);

CREATE TABLE dataset(id INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
  n_items INTEGER NOT NULL, manifest_digest TEXT REFERENCES blob(digest), license TEXT NOT NULL,
  created_ms INTEGER NOT NULL) STRICT;
CREATE TABLE protocol(id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT;
CREATE TABLE checkpoint(attempt_id INTEGER NOT NULL REFERENCES attempt(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  iteration INTEGER NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, bytes INTEGER NOT NULL,
  kept_because TEXT NOT NULL, PRIMARY KEY(attempt_id, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE artifact(id INTEGER PRIMARY KEY, attempt_id INTEGER NOT NULL REFERENCES attempt(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, bytes INTEGER NOT NULL,
  UNIQUE(attempt_id, seq, path)) STRICT;

-- one record of an evaluation; equal (suite, iteration, protocol, dataset, checkpoint) of a run belong together;
-- probes: a JSON object of names to numbers, or to "nan", "inf", "-inf"
CREATE TABLE eval_result(id INTEGER PRIMARY KEY, attempt_id INTEGER NOT NULL REFERENCES attempt(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, suite TEXT NOT NULL, iteration INTEGER NOT NULL,
  protocol_id INTEGER NOT NULL REFERENCES protocol(id), dataset_digest TEXT NOT NULL, checkpoint TEXT NOT NULL,
  n_items INTEGER NOT NULL, n_samples INTEGER NOT NULL, n_right INTEGER NOT NULL, n_unscored INTEGER NOT NULL,
  texts TEXT NOT NULL, texts_digest TEXT NOT NULL, probes TEXT NOT NULL, UNIQUE(attempt_id, seq)) STRICT;
CREATE TABLE eval_fact(eval_id INTEGER NOT NULL REFERENCES eval_result(id) ON DELETE CASCADE, item TEXT NOT NULL,
  sample INTEGER NOT NULL, outcome TEXT NOT NULL CHECK(outcome IN('right','wrong','unscored')),
  rule TEXT NOT NULL, reason TEXT NOT NULL, answer TEXT NOT NULL, length INTEGER NOT NULL, finish TEXT NOT NULL,
  flags TEXT NOT NULL, PRIMARY KEY(eval_id, item, sample)) STRICT, WITHOUT ROWID;

CREATE TABLE event(id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  attempt_id INTEGER REFERENCES attempt(id) ON DELETE CASCADE, seq INTEGER, t_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  json TEXT NOT NULL) STRICT;
CREATE INDEX event_run ON event(run_id, id);
CREATE TABLE spool_cursor(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, attempt_uid TEXT NOT NULL,
  fragment INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  PRIMARY KEY(run_id, attempt_uid)) STRICT, WITHOUT ROWID;
)sql"},
                                                          {2, "experiments", 2, 2, R"sql(
-- what an attempt ran with; digest: sha256 of the row's other fields, so that equal ones are one row
-- source, commit_name: of the program; git_*, dirty, diff, untracked: of the folder it was started in ('' outside git)
CREATE TABLE code(id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, source TEXT NOT NULL, commit_name TEXT NOT NULL,
  binary_sha256 TEXT NOT NULL, git_sha TEXT NOT NULL, git_tree TEXT NOT NULL, dirty INTEGER NOT NULL,
  diff_digest TEXT NOT NULL, untracked_digest TEXT NOT NULL) STRICT;
CREATE TABLE env(id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE REFERENCES blob(digest), cpu TEXT NOT NULL,
  threads INTEGER NOT NULL, torch TEXT NOT NULL, cuda TEXT NOT NULL, gpu TEXT NOT NULL, os TEXT NOT NULL) STRICT;
ALTER TABLE attempt ADD COLUMN code_id INTEGER REFERENCES code(id);
ALTER TABLE attempt ADD COLUMN env_id INTEGER REFERENCES env(id);
ALTER TABLE attempt ADD COLUMN backend TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN handle TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN gpus TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN pid_start INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN boot_id TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN origin_store TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_code ON attempt(code_id);

-- columns of ended attempts, in the order written; a rowid table because its rows are large (a WITHOUT ROWID table
-- spills them to overflow pages).  data: see chunk_codec.h.  vmin, vmax: of the finite values.
CREATE TABLE chunk(id INTEGER PRIMARY KEY, attempt_id INTEGER NOT NULL REFERENCES attempt(id) ON DELETE CASCADE,
  metric_id INTEGER NOT NULL REFERENCES metric(id), part INTEGER NOT NULL, n INTEGER NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, codec INTEGER NOT NULL, n_nonfinite INTEGER NOT NULL, vmin REAL, vmax REAL,
  data BLOB NOT NULL, UNIQUE(attempt_id, metric_id, part)) STRICT;

CREATE TABLE tag(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, tag TEXT NOT NULL,
  PRIMARY KEY(run_id, tag)) STRICT, WITHOUT ROWID;
CREATE INDEX tag_tag ON tag(tag);
CREATE TABLE note(id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  t_ms INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(run_id, t_ms, author, text)) STRICT;

-- a number somebody printed; value NULL: the paper is silent; k 0: it does not say.  protocol: a JSON object, null where it is silent
CREATE TABLE published(id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_version TEXT NOT NULL, locator TEXT NOT NULL,
  system TEXT NOT NULL, base_model TEXT NOT NULL, benchmark TEXT NOT NULL, metric TEXT NOT NULL, k INTEGER NOT NULL, value REAL,
  uncertainty REAL, uncertainty_kind TEXT NOT NULL, n_seeds INTEGER, protocol TEXT NOT NULL, file_digest TEXT NOT NULL,
  checked_by TEXT NOT NULL, UNIQUE(source, source_version, locator, system, benchmark, metric, k)) STRICT;
CREATE TABLE invalidation(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
  selector TEXT NOT NULL, reason TEXT NOT NULL, fixed_by TEXT NOT NULL, author TEXT NOT NULL) STRICT;
CREATE TABLE invalidation_run(invalidation_id INTEGER NOT NULL REFERENCES invalidation(id) ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  PRIMARY KEY(invalidation_id, run_id)) STRICT, WITHOUT ROWID;
CREATE INDEX invalidation_run_run ON invalidation_run(run_id);

-- a table that was made: what was asked, the facts it used, the numbers in it, the files it went to
CREATE TABLE report(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  spec_digest TEXT NOT NULL REFERENCES blob(digest), inputs_digest TEXT NOT NULL REFERENCES blob(digest),
  result_digest TEXT NOT NULL REFERENCES blob(digest)) STRICT;
CREATE TABLE report_run(report_id INTEGER NOT NULL REFERENCES report(id) ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES run(id), PRIMARY KEY(report_id, run_id)) STRICT, WITHOUT ROWID;
CREATE INDEX report_run_run ON report_run(run_id);
CREATE TABLE report_output(report_id INTEGER NOT NULL REFERENCES report(id) ON DELETE CASCADE, path TEXT NOT NULL,
  sha256 TEXT NOT NULL, written_ms INTEGER NOT NULL, PRIMARY KEY(report_id, path)) STRICT, WITHOUT ROWID;

CREATE TABLE lease(name TEXT PRIMARY KEY, owner TEXT NOT NULL, fence INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE trial(id INTEGER PRIMARY KEY, experiment_id INTEGER NOT NULL REFERENCES experiment(id), n INTEGER NOT NULL,
  variant TEXT NOT NULL, run_uid TEXT NOT NULL, sampler TEXT NOT NULL, sampler_state TEXT NOT NULL, point TEXT NOT NULL,
  rung INTEGER NOT NULL, objective REAL,
  state TEXT NOT NULL CHECK(state IN('planned','running','done','failed','pruned')), UNIQUE(experiment_id, n)) STRICT;
CREATE TABLE rung_value(trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE, rung INTEGER NOT NULL,
  budget INTEGER NOT NULL, value REAL, PRIMARY KEY(trial_id, rung)) STRICT, WITHOUT ROWID;
)sql"},
                                                          {3, "neutral changes", 2, 2, R"sql(
-- two programs between which somebody declared that nothing changed that matters, and why; names of programs: the
-- digest in code.source, or 'commit NAME' where none was recorded.  *_commit: for people
CREATE TABLE neutral(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
  a TEXT NOT NULL, a_commit TEXT NOT NULL, b TEXT NOT NULL, b_commit TEXT NOT NULL,
  reason TEXT NOT NULL CHECK(reason <> ''), author TEXT NOT NULL, CHECK(a <> b)) STRICT;
)sql"}}};

}  // namespace rlreason::store
