#include "core/store/board.h"

#include <cmath>

#include "core/error.h"
#include "core/store/internal.h"
#include "core/store/payload.h"

namespace rlreason::store {
namespace {

int64_t metric_id(Connection& db, const std::string& metric) {
  auto s = db.prepare("SELECT id FROM metric WHERE name = ?");
  s.bind(metric);
  return s.step() ? s.integer(0) : 0;
}

constexpr int64_t kText = 4;  // param.vtype
nlohmann::json param_value(const Statement& s, int column) {
  if (s.null(column)) return nullptr;
  if (s.integer(column) == kText) return s.text(column + 1);
  return nlohmann::json::parse(s.text(column + 1), nullptr, false);
}

}  // namespace

std::vector<BoardRow> best_runs(const Store& store, const std::string& metric, int64_t limit,
                                bool highest) {
  Connection& db = store.connection();
  std::vector<BoardRow> rows;
  // Infinities are not finite values; the index on (metric_id, last) gives the order.
  auto s = db.prepare(fmt::format(
      "SELECT r.uid, r.recipe, r.seed, x.last FROM summary x INDEXED BY summary_metric JOIN run r "
      "ON r.id = x.run_id WHERE "
      "x.metric_id = ? AND x.last > -1.8e308 AND x.last < 1.8e308 ORDER BY x.last {} LIMIT ?",
      highest ? "DESC" : "ASC"));
  s.bind(metric_id(db, metric), limit);
  while (s.step())
    rows.push_back({s.text(0), s.text(1), static_cast<uint64_t>(s.integer(2)), s.real(3)});
  return rows;
}

std::vector<VariantMean> variant_means(const Store& store, const std::string& metric,
                                       const std::string& experiment) {
  Connection& db = store.connection();
  std::vector<VariantMean> rows;
  auto s = db.prepare(
      "SELECT e.name, v.label, x.last FROM experiment e JOIN variant v ON v.experiment_id = e.id "
      "JOIN variant_run l ON "
      "l.variant_id = v.id JOIN summary x ON x.run_id = l.run_id AND x.metric_id = ?1 WHERE (?2 = "
      "'' OR e.name = ?2) AND "
      "x.last > -1.8e308 AND x.last < 1.8e308 ORDER BY e.name, v.label, l.run_id");
  s.bind(metric_id(db, metric), experiment);
  double squares = 0;  // about the mean, Welford
  const auto close = [&] {
    if (!rows.empty())
      rows.back().variance =
          rows.back().n > 1 ? squares / static_cast<double>(rows.back().n - 1) : std::nan("");
    squares = 0;
  };
  while (s.step()) {
    if (rows.empty() || rows.back().variant != s.text(1) || rows.back().experiment != s.text(0)) {
      close();
      rows.push_back({.experiment = s.text(0), .variant = s.text(1)});
    }
    VariantMean& row = rows.back();
    const double value = s.real(2), before = value - row.mean;
    row.mean += before / static_cast<double>(++row.n);
    squares += before * (value - row.mean);
  }
  close();
  return rows;
}

std::vector<ParamDifference> config_difference(const Store& store, const std::string& a,
                                               const std::string& b) {
  Connection& db = store.connection();
  const ReadTransaction snapshot(db);
  std::vector<ParamDifference> rows;
  auto s = db.prepare(
      "SELECT COALESCE(x.path, y.path), x.vtype, x.txt, y.vtype, y.txt FROM (SELECT * FROM param "
      "WHERE run_id = ?1) x FULL "
      "JOIN (SELECT * FROM param WHERE run_id = ?2) y ON x.path = y.path WHERE x.vtype IS NOT "
      "y.vtype OR x.txt IS NOT y.txt "
      "ORDER BY 1");
  s.bind(known_run_id(db, a), known_run_id(db, b));
  while (s.step()) rows.push_back({s.text(0), param_value(s, 1), param_value(s, 3)});
  return rows;
}

std::vector<std::pair<std::string, int64_t>> varying_params(const Store& store,
                                                            const std::vector<std::string>& uids) {
  Connection& db = store.connection();
  const ReadTransaction snapshot(db);
  nlohmann::json ids = nlohmann::json::array();
  for (const auto& uid : uids) ids.push_back(known_run_id(db, uid));
  std::vector<std::pair<std::string, int64_t>> rows;
  auto s = db.prepare(
      "SELECT path, COUNT(DISTINCT vtype || ':' || txt) + (COUNT(*) < ?2) n FROM param WHERE "
      "run_id IN (SELECT value FROM "
      "json_each(?1)) GROUP BY path HAVING n > 1 ORDER BY path");
  s.bind(dump(ids), static_cast<int64_t>(uids.size()));
  while (s.step()) rows.emplace_back(s.text(0), s.integer(1));
  return rows;
}

}  // namespace rlreason::store
