// The store's schema as numbered migrations; the newest is the present one.  Never edit one that has been released:
// add another.  Columns are never renamed or used again for something else.
//
// seed holds the 64 bits of an unsigned number.  A NULL in a REAL column is "no finite value"; NaN and infinities live
// in tail.vals, as f64 in the order of layout.metric_ids.
#pragma once

#include <array>

namespace rlreason::store {

struct Migration {
  int version;
  const char* name;
  const char* sql;
};

inline constexpr std::array<Migration, 1> kMigrations = {{{1, "first tables", R"sql(
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
)sql"}}};

}  // namespace rlreason::store
