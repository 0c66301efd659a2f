#include "core/store/neutral.h"

#include <algorithm>
#include <deque>

#include "core/build_info.h"
#include "core/error.h"
#include "core/process/io.h"
#include "core/store/clock.h"
#include "core/store/internal.h"

namespace rlreason::store {
namespace {

constexpr size_t kShown = 6;  // programs named in an error
constexpr std::string_view kCommitName =
    "commit ";  // before a name in columns a and b that is no digest

std::string stored_name(const Program& program) {
  return program.source.empty() ? std::string(kCommitName) + program.commit : program.source;
}

Program stored_program(const std::string& name, const std::string& commit) {
  return {.source = name.starts_with(kCommitName) ? "" : name, .commit = commit};
}

std::vector<NeutralRow> read_rows(Connection& db) {
  std::vector<NeutralRow> rows;
  auto s = db.prepare(
      "SELECT uid, created_ms, a, a_commit, b, b_commit, reason, author FROM neutral ORDER BY "
      "created_ms, id");
  while (s.step())
    rows.push_back({.uid = s.text(0),
                    .created_ms = s.integer(1),
                    .a = stored_program(s.text(2), s.text(3)),
                    .b = stored_program(s.text(4), s.text(5)),
                    .reason = s.text(6),
                    .author = s.text(7)});
  return rows;
}

std::vector<Program> recorded_programs(Connection& db) {
  std::vector<Program> programs;
  auto s = db.prepare("SELECT DISTINCT source, commit_name FROM code");
  while (s.step()) programs.push_back({s.text(0), s.text(1) == "unknown" ? "" : s.text(1)});
  return programs;
}

bool begins(const KnownProgram& known, const std::string& text) {
  return known.program.source.starts_with(text) || known.program.commit.starts_with(text) ||
         std::any_of(known.binaries.begin(), known.binaries.end(),
                     [&](const std::string& binary) { return binary.starts_with(text); });
}

// Names may come from an archive or a command line: control characters are spelled out.
std::string escaped(const std::string& text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string listed(const std::vector<Program>& programs) {
  std::string text;
  for (size_t i = 0; i < std::min(kShown, programs.size()); ++i)
    text += (i > 0 ? ", " : "") + programs[i].text();
  return programs.size() > kShown ? text + fmt::format(" and {} more", programs.size() - kShown)
                                  : text;
}

}  // namespace

std::string Program::text() const {
  const std::string name = commit.empty() ? "an unknown commit" : escaped(commit);
  return source.empty() ? name : fmt::format("{} (sources {})", name, escaped(source));
}

Program this_program() { return {.source = build_info().source, .commit = build_info().commit}; }

Program program_of_build(const std::string& build_line) {
  constexpr std::string_view kBefore = "(commit ";
  const size_t begin = build_line.find(kBefore);
  if (begin == std::string::npos) return {};
  const size_t from = begin + kBefore.size();
  const std::string commit = build_line.substr(from, build_line.find_first_of(",)", from) - from);
  return {.source = "", .commit = commit == "unknown" ? "" : commit};
}

NeutralChanges::NeutralChanges(std::vector<NeutralRow> rows, const std::vector<Program>& recorded)
    : rows_(std::move(rows)) {
  const auto note = [this](const Program& program) {
    if (!program.source.empty() && !program.commit.empty())
      sources_of_commit_[program.commit].insert(program.source);
  };
  for (const Program& program : recorded) note(program);
  for (const NeutralRow& row : rows_) note(row.a), note(row.b);
}

std::string NeutralChanges::name(const Program& program) const {
  if (!program.source.empty()) return program.source;
  const auto found = sources_of_commit_.find(program.commit);
  const bool one = found != sources_of_commit_.end() && found->second.size() == 1;
  return one ? *found->second.begin() : stored_name(program);
}

std::map<std::string, size_t> NeutralChanges::reached(const std::string& from) const {
  std::map<std::string, size_t> by{{from, rows_.size()}};
  std::deque<std::string> open{from};
  for (; !open.empty(); open.pop_front())
    for (size_t i = 0; i < rows_.size(); ++i) {
      const std::string a = name(rows_[i].a), b = name(rows_[i].b);
      if (a != open.front() && b != open.front()) continue;
      const std::string& other = a == open.front() ? b : a;
      if (by.emplace(other, i).second) open.push_back(other);
    }
  return by;
}

std::vector<NeutralRow> NeutralChanges::between(const Program& a, const Program& b) const {
  if (!a.known() || !b.known()) return {};
  const std::string from = name(a);
  std::string at = name(b);
  const std::map<std::string, size_t> by = reached(from);
  if (!by.contains(at)) return {};
  std::vector<NeutralRow> path;
  while (at != from) {
    const NeutralRow& row = rows_[by.at(at)];
    path.push_back(row);
    at = name(row.a) == at ? name(row.b) : name(row.a);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::set<std::string> NeutralChanges::sources_like(const Program& program) const {
  std::set<std::string> sources;
  for (const auto& [reached_name, entry] : reached(name(program)))
    if (!reached_name.starts_with(kCommitName)) sources.insert(reached_name);
  return sources;
}

std::string neutral_words(const std::vector<NeutralRow>& entries) {
  std::string text = "declared neutral: ";
  for (const NeutralRow& row : entries)
    text += (&row == &entries.front() ? "" : "; and ") + row.reason +
            (row.author.empty() ? "" : fmt::format(" ({})", row.author));
  return text;
}

std::string add_neutral(Store& store, const NeutralRow& row) {
  if (row.reason.find_first_not_of(" \t\r\n") == std::string::npos)
    throw UserError("neutral change: required a reason, none came; tables print it");
  if (!row.a.known() || !row.b.known())
    throw UserError("neutral change: required two programs, one says neither sources nor commit");
  const std::string a = stored_name(row.a), b = stored_name(row.b);
  if (a == b) throw UserError("neutral change: required two programs, {} came twice", row.a.text());
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  for (const NeutralRow& known : read_rows(db)) {
    const std::string x = stored_name(known.a), y = stored_name(known.b);
    if (known.reason == row.reason && ((x == a && y == b) || (x == b && y == a))) return known.uid;
  }
  const std::string uid = process::nonce();
  db.prepare(
        "INSERT INTO neutral(uid, created_ms, a, a_commit, b, b_commit, reason, author) "
        "VALUES(?,?,?,?,?,?,?,?)")
      .bind(uid, now_ms(), a, row.a.commit, b, row.b.commit, row.reason, row.author)
      .run();
  transaction.commit();
  return uid;
}

bool remove_neutral(Store& store, const std::string& uid) {
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  auto statement = db.prepare("DELETE FROM neutral WHERE uid = ? RETURNING 1");
  statement.bind(uid);
  const bool removed = statement.step();
  statement.reset();
  transaction.commit();
  return removed;
}

NeutralChanges neutral_changes(const Store& store) {
  Connection& db = store.connection();
  std::vector<NeutralRow> rows = read_rows(db);
  if (rows.empty()) return {};
  return NeutralChanges(std::move(rows), recorded_programs(db));
}

std::vector<KnownProgram> known_programs(const Store& store) {
  Connection& db = store.connection();
  std::vector<KnownProgram> all;
  const auto at = [&](const Program& program) -> KnownProgram& {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const KnownProgram& k) { return k.program == program; });
    return found != all.end() ? *found : all.emplace_back(KnownProgram{.program = program});
  };
  at(this_program());
  auto coded = db.prepare(
      "SELECT c.source, c.commit_name, c.binary_sha256, COUNT(DISTINCT a.run_id) FROM code c JOIN "
      "attempt a ON a.code_id = c.id GROUP BY 1, 2, 3");
  while (coded.step()) {
    KnownProgram& known =
        at({.source = coded.text(0), .commit = coded.text(1) == "unknown" ? "" : coded.text(1)});
    known.runs += coded.integer(3);
    if (!coded.text(2).empty()) known.binaries.insert(coded.text(2));
  }
  auto silent = db.prepare(
      "SELECT build, COUNT(*) FROM run r WHERE NOT EXISTS(SELECT 1 FROM attempt a WHERE a.run_id = "
      "r.id AND a.code_id IS NOT NULL) GROUP BY build");
  while (silent.step()) {
    const Program program = program_of_build(silent.text(0));
    if (program.known()) at(program).runs += silent.integer(1);
  }
  for (const NeutralRow& row : read_rows(db)) at(row.a), at(row.b);
  std::stable_sort(all.begin(), all.end(),
                   [](const KnownProgram& a, const KnownProgram& b) { return a.runs > b.runs; });
  return all;
}

Program find_program(const Store& store, const std::string& text) {
  const Program of_line = program_of_build(text);
  const std::string wanted = of_line.known() ? of_line.commit : text;
  const std::vector<KnownProgram> known = known_programs(store);
  std::vector<Program> by_id, by_commit, beginning, all;
  for (const KnownProgram& each : known) {
    all.push_back(each.program);
    if (wanted.empty()) continue;
    if (each.program.id() == wanted) by_id.push_back(each.program);
    if (each.program.commit == wanted) by_commit.push_back(each.program);
    if (begins(each, wanted)) beginning.push_back(each.program);
  }
  const std::vector<Program>& found = !by_id.empty()       ? by_id
                                      : !by_commit.empty() ? by_commit
                                                           : beginning;
  const bool one = !found.empty() && std::all_of(found.begin(), found.end(), [&](const Program& p) {
    return p == found.front() || (!p.source.empty() && p.source == found.front().source);
  });
  if (one) return found.front();
  throw UserError(
      "required the sources or the commit of a program that made runs here, '{}' {}: {}; see "
      "'rlreason compare neutral'",
      escaped(text.substr(0, 200)),
      found.empty() ? "is none of them" : "is the beginning or name of several",
      listed(found.empty() ? all : found));
}

}  // namespace rlreason::store
