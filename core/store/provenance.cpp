#include "core/store/provenance.h"

#include "core/build_info.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/store/apply.h"
#include "core/store/neutral.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

int64_t put_code(Connection& db, const nlohmann::json& code) {
  const auto* dirty_field = member(code, "dirty");
  const bool dirty =
      dirty_field != nullptr && dirty_field->is_boolean() && dirty_field->get<bool>();
  const std::string source = text_at(code, "source"), commit = text_at(code, "commit"),
                    binary = text_at(code, "binary"), sha = text_at(code, "git_sha"),
                    tree = text_at(code, "git_tree"), diff = text_at(code, "diff"),
                    untracked = text_at(code, "untracked"), text = text_at(code, "diff_text");
  if (!text.empty()) put_blob(db, "diff", text);
  const std::string digest =
      sha256(dump({source, commit, binary, sha, tree, dirty, diff, untracked}));
  db.prepare(
        "INSERT OR IGNORE INTO code(digest, source, commit_name, binary_sha256, git_sha, git_tree, "
        "dirty, diff_digest, untracked_digest) VALUES(?,?,?,?,?,?,?,?,?)")
      .bind(digest, source, commit, binary, sha, tree, int64_t{dirty}, diff, untracked)
      .run();
  auto statement = db.prepare("SELECT id FROM code WHERE digest = ?");
  statement.bind(digest);
  RLR_ENSURE(statement.step(), "code {}", digest);
  return statement.integer(0);
}

int64_t put_environment(Connection& db, const nlohmann::json& environment) {
  const std::string digest = put_blob(db, "environment", dump(environment));
  db.prepare(
        "INSERT OR IGNORE INTO env(digest, cpu, threads, torch, cuda, gpu, os) "
        "VALUES(?,?,?,?,?,?,?)")
      .bind(digest, text_at(environment, "cpu"), integer_at(environment, "threads"),
            text_at(environment, "torch"), text_at(environment, "cuda"),
            text_at(environment, "gpu"), text_at(environment, "os"))
      .run();
  auto statement = db.prepare("SELECT id FROM env WHERE digest = ?");
  statement.bind(digest);
  RLR_ENSURE(statement.step(), "environment {}", digest);
  return statement.integer(0);
}

std::string or_this(const std::string& given, const std::string& own) {
  return given.empty() ? own : given;
}

std::string difference(const std::string& theirs, const std::string& ours) {
  return fmt::format("made by {}, this program is {}", theirs.empty() ? "an unknown build" : theirs,
                     ours);
}

}  // namespace

void apply_provenance(Connection& db, int64_t attempt, const nlohmann::json& hello) {
  std::optional<int64_t> code_id, env_id;
  if (const auto* code = member(hello, "code")) code_id = put_code(db, *code);
  if (const auto* environment = member(hello, "environment"))
    env_id = put_environment(db, *environment);
  db.prepare("UPDATE attempt SET code_id = ?, env_id = ?, boot_id = ?, pid_start = ? WHERE id = ?")
      .bind(code_id, env_id, text_at(hello, "boot_id"), integer_at(hello, "pid_start"), attempt)
      .run();
}

std::vector<AttemptProvenance> provenance(const Store& store, const std::string& run_uid) {
  Connection& db = store.connection();
  std::vector<AttemptProvenance> rows;
  auto s = db.prepare(
      "SELECT a.uid, a.n, a.host, a.boot_id, a.backend, a.handle, a.pid, a.pid_start, c.source, "
      "c.commit_name, c.binary_sha256, c.git_sha, c.git_tree, c.diff_digest, c.untracked_digest, "
      "c.dirty, b.data FROM attempt a LEFT JOIN code c ON c.id = a.code_id LEFT JOIN env e ON e.id "
      "= "
      "a.env_id LEFT JOIN blob b ON b.digest = e.digest WHERE a.run_id = ? ORDER BY a.n");
  s.bind(known_run_id(db, run_uid));
  while (s.step()) {
    AttemptProvenance row{.attempt = s.text(0),
                          .n = s.integer(1),
                          .code = {},
                          .host = s.text(2),
                          .boot_id = s.text(3),
                          .backend = s.text(4),
                          .handle = s.text(5),
                          .pid = s.integer(6),
                          .pid_start = s.integer(7)};
    if (!s.null(8))
      row.code = CodeRow{.source = s.text(8),
                         .commit = s.text(9),
                         .binary_sha256 = s.text(10),
                         .git_sha = s.text(11),
                         .git_tree = s.text(12),
                         .diff_digest = s.text(13),
                         .untracked_digest = s.text(14),
                         .dirty = s.integer(15) != 0};
    if (!s.null(16)) row.environment = nlohmann::json::parse(s.text(16), nullptr, false);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string diff_text(const Store& store, const std::string& diff_digest) {
  auto s = store.connection().prepare("SELECT data FROM blob WHERE digest = ? AND kind = 'diff'");
  s.bind(diff_digest);
  return s.step() ? s.text(0) : "";
}

Staleness staleness(const Store& store, const std::string& run_uid, const std::string& source,
                    const std::string& commit) {
  const Program ours{or_this(source, build_info().source), or_this(commit, build_info().commit)};
  const NeutralChanges neutral = neutral_changes(store);
  bool unknown = true;
  std::string declared;
  for (const auto& attempt : provenance(store, run_uid)) {
    unknown = !attempt.code;
    if (unknown) break;
    if (attempt.code->source == ours.source) continue;
    const auto entries = neutral.between({attempt.code->source, attempt.code->commit}, ours);
    const std::string by = difference(attempt.code->commit, ours.commit);
    if (entries.empty()) return {Freshness::stale, by};
    declared = by + "; " + neutral_words(entries);
  }
  if (unknown) return {Freshness::unknown, "its program did not say what it was"};
  return {Freshness::same, declared};
}

std::map<std::string, std::string> stale_runs(const Store& store, const std::string& source,
                                              const std::string& commit) {
  const Program ours{or_this(source, build_info().source), or_this(commit, build_info().commit)};
  const std::set<std::string> like_ours = neutral_changes(store).sources_like(ours);
  std::map<std::string, std::string> rows;
  auto s = store.connection().prepare(
      "SELECT r.uid, c.commit_name, c.source FROM code c JOIN attempt a ON a.code_id = c.id JOIN "
      "run r ON r.id = a.run_id WHERE c.source <> ? ORDER BY a.n DESC");
  s.bind(ours.source);
  while (s.step())
    if (!like_ours.contains(s.text(2))) rows[s.text(0)] = difference(s.text(1), ours.commit);
  return rows;
}

void set_backend(Store& store, const std::string& run_uid, const std::string& backend,
                 const std::string& handle) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  db.prepare(
        "UPDATE attempt SET backend = ?1, handle = ?2 WHERE run_id = ?3 AND n = (SELECT MAX(n) "
        "FROM "
        "attempt WHERE run_id = ?3)")
      .bind(backend, handle, known_run_id(db, run_uid))
      .run();
  transaction.commit();
}

}  // namespace rlreason::store
