// Step values: rows of f64 under a layout (the list of metrics) while a run goes on, columns afterwards; summaries kept
// beside them.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/store/chunk_codec.h"
#include "core/store/internal.h"

namespace rlreason::store {
namespace {

std::vector<int64_t> parse_ids(const std::string& text) {
  std::vector<int64_t> ids;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    ids.push_back(std::stoll(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return ids;
}

// Lists of metrics by number, each looked up once.
class Layouts {
 public:
  explicit Layouts(Connection& db) : db_(db) {}
  const std::vector<int64_t>& of(int64_t id) {
    const auto it = known_.find(id);
    if (it != known_.end()) return it->second;
    auto statement = db_.prepare("SELECT metric_ids FROM layout WHERE id = ?");
    statement.bind(id);
    return known_
        .emplace(id, statement.step() ? parse_ids(statement.text(0)) : std::vector<int64_t>())
        .first->second;
  }

 private:
  Connection& db_;
  std::map<int64_t, std::vector<int64_t>> known_;
};

struct AttemptRange {
  int64_t id;
  int64_t before;  // steps from this iteration on are replaced
};

std::vector<AttemptRange> ranges_of(Connection& db, int64_t run) {
  std::vector<AttemptRange> ranges;
  auto statement =
      db.prepare("SELECT id, first_step FROM attempt WHERE run_id = ? ORDER BY n DESC");
  statement.bind(run);
  int64_t before = INT64_MAX;
  while (statement.step()) {
    ranges.push_back({statement.integer(0), before});
    if (!statement.null(1)) before = std::min(before, statement.integer(1));
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::optional<double> known(const Accumulator& sums, double value) {
  if (sums.n == 0) return std::nullopt;
  return value;
}

}  // namespace

namespace {

using Columns = std::map<int64_t, Column>;  // by metric

// Rows of an attempt's tail as columns, at most `limit` of them in the order written; `last_seq`: of the last one.
Columns tail_columns(Connection& db, Layouts& layouts, const AttemptRange& range,
                     std::optional<int64_t> metric, int64_t limit, int64_t& last_seq) {
  Columns columns;
  auto statement = db.prepare(
      "SELECT seq, iteration, layout_id, vals FROM tail WHERE attempt_id = ? AND iteration < ? "
      "ORDER BY seq LIMIT ?");
  statement.bind(range.id, range.before, limit);
  while (statement.step()) {
    last_seq = statement.integer(0);
    const auto& layout = layouts.of(statement.integer(2));
    const auto values = statement.doubles(3);
    if (layout.size() != values.size())
      throw StoreError(
          "{}: required a value for each metric of a step, the row has {}; run rlreason store "
          "check",
          db.path().string(), values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if (metric && layout[i] != *metric) continue;
      Column& column = columns[layout[i]];
      column.iterations.push_back(statement.integer(1));
      column.values.push_back(values[i]);
    }
  }
  return columns;
}

// Drops what later attempts replace.
void cut(Column& column, int64_t before) {
  size_t kept = 0;
  for (size_t i = 0; i < column.iterations.size(); ++i) {
    if (column.iterations[i] >= before) continue;
    column.iterations[kept] = column.iterations[i];
    column.values[kept++] = column.values[i];
  }
  column.iterations.resize(kept);
  column.values.resize(kept);
}

void visit_chunks(Connection& db, const AttemptRange& range, std::optional<int64_t> metric,
                  const std::function<void(const Piece&)>& visit) {
  auto statement = db.prepare(
      "SELECT metric_id, codec, n, data, last FROM chunk WHERE attempt_id = ?1 AND (?2 IS NULL OR "
      "metric_id = ?2) AND first < ?3 ORDER BY metric_id, part");
  statement.bind(range.id, metric, range.before);
  while (statement.step()) {
    Column column;
    try {
      column = decode_column(statement.integer(1), static_cast<size_t>(statement.integer(2)),
                             statement.bytes(3));
    } catch (const StoreError& error) {
      throw StoreError("{}: {}", db.path().string(), error.what());
    }
    if (statement.integer(4) >= range.before) cut(column, range.before);
    visit({statement.integer(0), column.iterations, column.values});
  }
}

void put_chunk(Connection& db, int64_t attempt, int64_t metric, int64_t part,
               const Column& column) {
  int64_t nonfinite = 0;
  std::optional<double> low, high;
  for (const double value : column.values) {
    if (!std::isfinite(value)) {
      ++nonfinite;
      continue;
    }
    low = low ? std::min(*low, value) : value;
    high = high ? std::max(*high, value) : value;
  }
  const auto [first, last] =
      std::minmax_element(column.iterations.begin(), column.iterations.end());
  const EncodedColumn encoded = encode_column(column.iterations, column.values);
  db.prepare(
        "INSERT INTO chunk(attempt_id, metric_id, part, n, first, last, codec, n_nonfinite, vmin, "
        "vmax, data) VALUES(?,?,?,?,?,?,?,?,?,?,?)")
      .bind(attempt, metric, part, static_cast<int64_t>(column.values.size()), *first, *last,
            encoded.codec, nonfinite, low, high,
            std::as_bytes(std::span(encoded.bytes.data(), encoded.bytes.size())))
      .run();
}

int64_t count(Connection& db, const char* sql, int64_t attempt) {
  auto statement = db.prepare(sql);
  statement.bind(attempt);
  return statement.step() ? statement.integer(0) : 0;
}

// One piece of one attempt, rows and column in one transaction; false: too little is there.
bool compact_piece(Connection& db, Layouts& layouts, int64_t attempt, int64_t least) {
  constexpr const char* kCount = "SELECT COUNT(*) FROM tail WHERE attempt_id = ?";
  if (count(db, kCount, attempt) < least) return false;  // without the lock: mostly the answer
  WriteTransaction transaction(db);
  if (count(db, kCount, attempt) < least) return false;
  const int64_t part =
      count(db, "SELECT COALESCE(MAX(part), -1) + 1 FROM chunk WHERE attempt_id = ?", attempt);
  int64_t last_seq = 0;
  // Every row, also those that a later attempt replaces: nothing that was recorded is forgotten.
  const Columns columns =
      tail_columns(db, layouts, {attempt, INT64_MAX}, {}, kPieceSteps, last_seq);
  for (const auto& [metric, column] : columns) put_chunk(db, attempt, metric, part, column);
  db.prepare("DELETE FROM tail WHERE attempt_id = ? AND seq <= ?").bind(attempt, last_seq).run();
  transaction.commit();
  return true;
}

}  // namespace

void for_each_piece(Connection& db, int64_t run, std::optional<int64_t> metric,
                    const std::function<void(const Piece&)>& visit) {
  Layouts layouts(db);
  for (const auto& range : ranges_of(db, run)) {
    visit_chunks(db, range, metric, visit);
    int64_t last_seq = 0;
    for (const auto& [id, column] : tail_columns(db, layouts, range, metric, -1, last_seq))
      visit({id, column.iterations, column.values});
  }
}

std::vector<CurvePoint> joined(std::vector<CurvePoint> points) {
  const auto earlier = [](const CurvePoint& a, const CurvePoint& b) {
    return a.iteration < b.iteration;
  };
  if (!std::is_sorted(points.begin(), points.end(), earlier))
    std::stable_sort(points.begin(), points.end(), earlier);
  size_t kept = 0;
  for (size_t i = 0; i < points.size(); ++i)
    if (i + 1 == points.size() || points[i + 1].iteration != points[i].iteration)
      points[kept++] = points[i];
  points.resize(kept);
  return points;
}

void compact(Connection& db, int64_t run, bool all) {
  Layouts layouts(db);
  for (const auto& range : ranges_of(db, run))
    while (compact_piece(db, layouts, range.id, all ? 1 : kPieceSteps)) {
    }
}

void Accumulator::add(int64_t iteration, double value) {
  last = value;
  last_iteration = iteration;
  if (!std::isfinite(value)) {
    ++n_nonfinite;
    return;
  }
  min = n == 0 ? value : std::min(min, value);
  max = n == 0 ? value : std::max(max, value);
  ++n;
  mean += (value - mean) / static_cast<double>(n);
}

void put_summary(Connection& db, int64_t run, int64_t metric, const Accumulator& sums) {
  db.prepare(
        "INSERT OR REPLACE INTO summary(run_id, metric_id, n, last, last_iteration, min, max, "
        "mean, n_nonfinite) "
        "VALUES(?,?,?,?,?,?,?,?,?)")
      .bind(run, metric, sums.n, sums.last, sums.last_iteration, known(sums, sums.min),
            known(sums, sums.max), known(sums, sums.mean), sums.n_nonfinite)
      .run();
}

void rebuild_summaries(Connection& db, int64_t run) {
  std::map<int64_t, std::vector<CurvePoint>> curves;  // by metric
  for_each_piece(db, run, {}, [&](const Piece& piece) {
    auto& curve = curves[piece.metric];
    for (size_t i = 0; i < piece.values.size(); ++i)
      curve.push_back({piece.iterations[i], piece.values[i]});
  });
  db.prepare("DELETE FROM summary WHERE run_id = ?").bind(run).run();
  for (auto& [metric, points] : curves) {
    Accumulator sums;
    for (const auto& [iteration, value] : joined(std::move(points))) sums.add(iteration, value);
    if (sums.last_iteration < 0 && sums.n + sums.n_nonfinite == 0) continue;
    put_summary(db, run, metric, sums);
  }
}

}  // namespace rlreason::store
