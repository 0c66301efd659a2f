// Runs and curves: what `runs`, `show` and the tables ask.
#include <algorithm>

#include "core/error.h"
#include "core/registry.h"
#include "core/store/internal.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace {

constexpr const char* kRunColumns =
    "r.uid, r.name, r.kind, r.recipe, r.setting, r.seed, r.identity, r.state, r.reason, "
    "r.directory, r.created_ms, "
    "r.started_ms, r.ended_ms, r.iteration, (SELECT COUNT(*) FROM attempt a WHERE a.run_id = r.id)";
constexpr int kRunColumnCount = 15;

RunRow run_row(const Statement& s, int first = 0) {
  RunRow row;
  row.uid = s.text(first);
  row.name = s.text(first + 1);
  row.kind = s.text(first + 2);
  row.recipe = s.text(first + 3);
  row.setting = s.text(first + 4);
  row.seed = static_cast<uint64_t>(s.integer(first + 5));
  row.identity = s.text(first + 6);
  row.state = run_state(s.text(first + 7)).value_or(RunState::planned);
  row.reason = s.text(first + 8);
  row.directory = s.text(first + 9);
  row.created_ms = s.integer(first + 10);
  row.started_ms = s.integer(first + 11);
  row.ended_ms = s.integer(first + 12);
  row.iteration = s.integer(first + 13);
  row.attempts = s.integer(first + 14);
  return row;
}

std::vector<RunRow> collect(Statement& statement) {
  std::vector<RunRow> rows;
  while (statement.step()) rows.push_back(run_row(statement));
  return rows;
}

// What a person may have typed for a run.
std::vector<std::string> handles(const RunRow& row) {
  return {row.uid, row.name, std::filesystem::path(row.directory).filename().string()};
}

nlohmann::json value_of(int64_t type, const std::string& text) {
  if (type == 4) return text;
  return nlohmann::json::parse(text, nullptr, false);
}

std::vector<AttemptRow> attempts_of(Connection& db, int64_t run) {
  std::vector<AttemptRow> rows;
  auto s = db.prepare(
      "SELECT uid, n, host, pid, threads, build, state, exit_code, reason, start_iteration, "
      "end_iteration, started_ms, "
      "ended_ms FROM attempt WHERE run_id = ? ORDER BY n");
  s.bind(run);
  while (s.step()) {
    AttemptRow row{.uid = s.text(0),
                   .n = s.integer(1),
                   .host = s.text(2),
                   .pid = s.integer(3),
                   .threads = s.integer(4),
                   .build = s.text(5),
                   .state = run_state(s.text(6)).value_or(RunState::running),
                   .exit_code = {},
                   .reason = s.text(8),
                   .start_iteration = s.integer(9),
                   .end_iteration = s.integer(10),
                   .started_ms = s.integer(11),
                   .ended_ms = s.integer(12)};
    if (!s.null(7)) row.exit_code = s.integer(7);
    rows.push_back(std::move(row));
  }
  return rows;
}

// A resumed run saves some iterations again: the later attempt's row holds.
std::vector<CheckpointRow> checkpoints_of(Connection& db, int64_t run) {
  std::map<int64_t, CheckpointRow> latest;
  auto s = db.prepare(
      "SELECT c.iteration, c.path, c.digest, c.bytes, c.kept_because FROM checkpoint c "
      "JOIN attempt a ON a.id = c.attempt_id WHERE a.run_id = ? ORDER BY a.n, c.seq");
  s.bind(run);
  while (s.step())
    latest[s.integer(0)] = {.iteration = s.integer(0),
                            .path = s.text(1),
                            .digest = s.text(2),
                            .bytes = s.integer(3),
                            .kept_because = s.text(4)};
  std::vector<CheckpointRow> rows;
  for (auto& [iteration, row] : latest) rows.push_back(std::move(row));
  return rows;
}

std::vector<MetricSummary> summaries_of(Connection& db, int64_t run) {
  std::vector<MetricSummary> rows;
  auto s = db.prepare(
      "SELECT m.name, s.n, s.n_nonfinite, s.last, s.last_iteration, s.min, s.max, s.mean FROM "
      "summary s "
      "JOIN metric m ON m.id = s.metric_id WHERE s.run_id = ? ORDER BY m.name");
  s.bind(run);
  while (s.step())
    rows.push_back({.metric = s.text(0),
                    .n = s.integer(1),
                    .n_nonfinite = s.integer(2),
                    .last = s.real(3),
                    .last_iteration = s.integer(4),
                    .min = s.real(5),
                    .max = s.real(6),
                    .mean = s.real(7)});
  return rows;
}

void fill_texts(Connection& db, int64_t run, RunDetail& detail) {
  auto config = db.prepare(
      "SELECT b.data, r.argv, r.build FROM run r JOIN blob b ON b.digest = r.config_digest WHERE "
      "r.id = ?");
  config.bind(run);
  if (config.step()) {
    detail.config = nlohmann::json::parse(config.text(0), nullptr, false);
    detail.argv = nlohmann::json::parse(config.text(1), nullptr, false);
    detail.build = config.text(2);
  }
  auto params = db.prepare("SELECT path, vtype, txt FROM param WHERE run_id = ? ORDER BY path");
  params.bind(run);
  while (params.step())
    detail.params.push_back({params.text(0), value_of(params.integer(1), params.text(2))});
  auto edges = db.prepare("SELECT role, identity, path FROM edge WHERE run_id = ? ORDER BY n");
  edges.bind(run);
  while (edges.step()) detail.producers.push_back({edges.text(0), edges.text(1), edges.text(2)});
  auto artifacts = db.prepare(
      "SELECT f.kind, f.path, f.digest, f.bytes FROM artifact f JOIN attempt a ON a.id = "
      "f.attempt_id "
      "WHERE a.run_id = ? ORDER BY a.n, f.seq");
  artifacts.bind(run);
  while (artifacts.step())
    detail.artifacts.push_back(
        {artifacts.text(0), artifacts.text(1), artifacts.text(2), artifacts.integer(3)});
  auto events = db.prepare("SELECT t_ms, kind, json FROM event WHERE run_id = ? ORDER BY id");
  events.bind(run);
  while (events.step())
    detail.events.push_back(
        {events.integer(0), events.text(1), nlohmann::json::parse(events.text(2), nullptr, false)});
}

}  // namespace

std::vector<RunRow> Store::runs(const RunFilter& filter) const {
  auto statement = db_->prepare(fmt::format(
      "SELECT {} FROM run r WHERE (?1 = '' OR r.kind = ?1) AND (?2 = '' OR r.recipe = ?2) AND (?3 "
      "= '' OR r.setting = ?3) "
      "AND (?4 = '' OR r.name GLOB ?4) AND {} "
      "AND (?6 = '' OR EXISTS(SELECT 1 FROM edge e WHERE e.run_id = r.id AND e.identity = ?6)) "
      "AND (?7 = '' OR EXISTS(SELECT 1 FROM variant_run l JOIN variant v ON v.id = l.variant_id "
      "JOIN experiment x ON x.id = v.experiment_id WHERE l.run_id = r.id AND x.name = ?7)) "
      "AND (?8 IS NULL OR r.seed = ?8) AND (?9 = '' OR r.state = ?9) ORDER BY r.created_ms DESC, "
      "r.id DESC",
      kRunColumns,
      filter.identity.empty() ? "?5 = ''" : "r.identity = ?5"));  // alone it is found by its index
  std::optional<int64_t> seed;
  if (filter.seed) seed = static_cast<int64_t>(*filter.seed);
  statement.bind(filter.kind, filter.recipe, filter.setting, filter.name_glob, filter.identity,
                 filter.produced_by, filter.experiment, seed,
                 filter.state ? to_string(*filter.state) : "");
  return collect(statement);
}

std::optional<RunRow> Store::run(const std::string& uid) const {
  auto statement = db_->prepare(fmt::format("SELECT {} FROM run r WHERE r.uid = ?", kRunColumns));
  statement.bind(uid);
  if (!statement.step()) return std::nullopt;
  return run_row(statement);
}

std::filesystem::path made_in(const RunRow& run, const ProducerRow& producer) {
  return (std::filesystem::path(run.directory).parent_path() / producer.path).lexically_normal();
}

bool is_set_aside(const RunRow& run) {
  return std::filesystem::path(run.directory).parent_path().parent_path().filename() == kSetAside;
}

RunRow Store::find_run(const std::string& text) const {
  if (text.empty()) throw UserError("required a run, an empty text came; see rlreason runs");
  const auto all = runs();
  const std::string directory = absolute_directory(text);
  std::vector<RunRow> exact, beginning;
  std::vector<std::string> names;
  for (const auto& row : all) {
    if (row.uid == text || row.directory == directory) return row;
    bool begins = false;
    for (const auto& handle : handles(row)) {
      if (handle == text && (exact.empty() || exact.back().uid != row.uid)) exact.push_back(row);
      begins = begins || handle.starts_with(text);
      names.push_back(handle);
    }
    if (begins) beginning.push_back(row);
  }
  auto& matches = exact.empty() ? beginning : exact;
  // One that was set aside as invalid gives its name to the one made in its place.
  if (std::any_of(matches.begin(), matches.end(), [](auto& row) { return !is_set_aside(row); }))
    std::erase_if(matches, is_set_aside);
  if (matches.size() == 1) return matches.front();
  if (matches.empty())
    throw UserError("required a run of {}, '{}' came; did you mean '{}'?", path().string(), text,
                    nearest(text, names));
  std::string candidates;
  for (size_t i = 0; i < std::min<size_t>(matches.size(), 5); ++i)
    candidates += (i == 0 ? "" : ", ") +
                  std::filesystem::path(matches[i].directory).filename().string() + " (" +
                  matches[i].uid + ")";
  throw UserError("required one run, '{}' fits {}: {}{}; give its directory or uid", text,
                  matches.size(), candidates, matches.size() > 5 ? ", ..." : "");
}

RunDetail Store::detail(const std::string& uid) const {
  const ReadTransaction snapshot(*db_);
  const int64_t id = known_run_id(*db_, uid);
  RunDetail detail;
  detail.row = *run(uid);
  fill_texts(*db_, id, detail);
  detail.attempts = attempts_of(*db_, id);
  detail.checkpoints = checkpoints_of(*db_, id);
  detail.metrics = summaries_of(*db_, id);
  return detail;
}

std::vector<std::string> Store::metric_names(const std::string& uid) const {
  std::vector<std::string> names;
  auto statement = db_->prepare(
      "SELECT m.name FROM series s JOIN metric m ON m.id = s.metric_id WHERE s.run_id = ? ORDER BY "
      "m.name");
  statement.bind(known_run_id(*db_, uid));
  while (statement.step()) names.push_back(statement.text(0));
  return names;
}

std::map<std::string, std::vector<CurvePoint>> Store::curves(const std::string& uid) const {
  const ReadTransaction snapshot(*db_);
  const int64_t id = known_run_id(*db_, uid);
  std::map<int64_t, std::vector<CurvePoint>> points;
  for_each_piece(*db_, id, {}, [&](const Piece& piece) {
    auto& curve = points[piece.metric];
    for (size_t i = 0; i < piece.values.size(); ++i)
      curve.push_back({piece.iterations[i], piece.values[i]});
  });
  std::map<std::string, std::vector<CurvePoint>> result;
  auto names = db_->prepare(
      "SELECT s.metric_id, m.name FROM series s JOIN metric m ON m.id = s.metric_id WHERE s.run_id "
      "= ?");
  names.bind(id);
  while (names.step()) result[names.text(1)] = joined(std::move(points[names.integer(0)]));
  return result;
}

std::vector<CurvePoint> Store::curve(const std::string& uid, const std::string& metric) const {
  const ReadTransaction snapshot(*db_);
  const int64_t run = known_run_id(*db_, uid);
  int64_t wanted = 0;
  {
    auto statement = db_->prepare("SELECT id FROM metric WHERE name = ?");
    statement.bind(metric);
    if (!statement.step()) return {};
    wanted = statement.integer(0);
  }
  std::vector<CurvePoint> points;
  for_each_piece(*db_, run, wanted, [&](const Piece& piece) {
    for (size_t i = 0; i < piece.values.size(); ++i)
      points.push_back({piece.iterations[i], piece.values[i]});
  });
  return joined(std::move(points));
}

std::vector<CellRow> Store::cells(const std::string& experiment) const {
  std::vector<CellRow> rows;
  auto statement = db_->prepare(fmt::format(
      "SELECT {}, v.label, v.identity, v.role FROM variant v JOIN experiment x ON x.id = "
      "v.experiment_id "
      "JOIN variant_run l ON l.variant_id = v.id JOIN run r ON r.id = l.run_id WHERE x.name = ? "
      "ORDER BY v.id, r.seed, r.id",
      kRunColumns));
  statement.bind(experiment);
  while (statement.step())
    rows.push_back({.variant = statement.text(kRunColumnCount),
                    .identity = statement.text(kRunColumnCount + 1),
                    .role = statement.text(kRunColumnCount + 2),
                    .run = run_row(statement)});
  return rows;
}

std::vector<DatasetRow> Store::datasets() const {
  std::vector<DatasetRow> rows;
  auto s = db_->prepare(
      "SELECT d.name, d.digest, d.license, d.n_items, b.data FROM dataset d LEFT JOIN blob b ON "
      "b.digest = d.manifest_digest "
      "ORDER BY d.name, d.id");
  while (s.step())
    rows.push_back({.name = s.text(0),
                    .digest = s.text(1),
                    .license = s.text(2),
                    .n_items = s.integer(3),
                    .manifest = s.null(4) ? nlohmann::json()
                                          : nlohmann::json::parse(s.text(4), nullptr, false)});
  return rows;
}

}  // namespace rlreason::store
