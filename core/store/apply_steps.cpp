// Step records: rows of the tail, running summaries, how far each attempt came.
#include <algorithm>

#include "core/error.h"
#include "core/store/apply.h"
#include "core/store/payload.h"

namespace rlreason::store {

int64_t Applier::metric(const std::string& name) {
  const auto it = metrics_.find(name);
  if (it != metrics_.end()) return it->second;
  db_.prepare("INSERT OR IGNORE INTO metric(name) VALUES(?)").bind(name).run();
  auto statement = db_.prepare("SELECT id FROM metric WHERE name = ?");
  statement.bind(name);
  RLR_ENSURE(statement.step(), "metric {}", name);
  const int64_t id = statement.integer(0);
  db_.prepare("INSERT OR IGNORE INTO series(run_id, metric_id) VALUES(?,?)").bind(run_, id).run();
  return metrics_.emplace(name, id).first->second;
}

Accumulator& Applier::sums(int64_t id) {
  const auto it = sums_.find(id);
  if (it != sums_.end()) return it->second;
  Accumulator loaded;
  auto statement = db_.prepare(
      "SELECT n, last, last_iteration, min, max, mean, n_nonfinite FROM summary WHERE run_id = ? "
      "AND metric_id = ?");
  statement.bind(run_, id);
  if (statement.step()) {
    loaded = {.n = statement.integer(0),
              .n_nonfinite = statement.integer(6),
              .last_iteration = statement.integer(2)};
    loaded.last = statement.real(1);
    if (loaded.n > 0) {
      loaded.min = statement.real(3);
      loaded.max = statement.real(4);
      loaded.mean = statement.real(5);
    }
  }
  return sums_.emplace(id, loaded).first->second;
}

const Applier::Layout& Applier::layout(const std::vector<std::string_view>& names) {
  if (last_layout_ != nullptr && std::equal(names.begin(), names.end(), last_layout_->names.begin(),
                                            last_layout_->names.end()))
    return *last_layout_;
  std::vector<std::string> key(names.begin(), names.end());
  auto it = layouts_.find(key);
  if (it == layouts_.end()) {
    Layout made{.id = 0, .names = key, .metrics = {}, .sums = {}, .plain = are_plain_names(key)};
    std::string text;
    for (const auto& name : key) {
      made.metrics.push_back(metric(name));
      made.sums.push_back(&sums(made.metrics.back()));
      text += (text.empty() ? "" : ",") + std::to_string(made.metrics.back());
    }
    db_.prepare("INSERT OR IGNORE INTO layout(metric_ids) VALUES(?)").bind(text).run();
    auto statement = db_.prepare("SELECT id FROM layout WHERE metric_ids = ?");
    statement.bind(text);
    RLR_ENSURE(statement.step(), "layout {}", text);
    made.id = statement.integer(0);
    it = layouts_.emplace(std::move(key), std::move(made)).first;
  }
  last_layout_ = &it->second;
  return *last_layout_;
}

void Applier::apply_text(const runlog::Record& record) {
  const bool guess = last_layout_ != nullptr && last_layout_->plain;
  if (scan_step(record.text, scanned_,
                guess ? std::span<const std::string>(last_layout_->names)
                      : std::span<const std::string>()))
    return put_step(record.attempt, record.seq, scanned_.iteration,
                    guess && scanned_.as_expected ? *last_layout_ : layout(scanned_.names),
                    scanned_.values);
  runlog::Record parsed{record.attempt, record.seq, record.kind, {}};
  try {
    parsed.payload = runlog::parse_payload(record.text);
  } catch (const DataError& error) {
    problems_.push_back(fmt::format("attempt {} record {} ({}): {}", record.attempt, record.seq,
                                    runlog::to_string(record.kind), error.what()));
    return;
  }
  apply(parsed);
}

void Applier::step(const std::string& uid, uint64_t seq, const nlohmann::json& p) {
  const auto* iteration_field = member(p, "iteration");
  const auto* named = member(p, "values");
  if (iteration_field == nullptr || named == nullptr || !named->is_object())
    throw DataError("required iteration and values");
  std::vector<std::string_view> names;
  std::vector<double> values;
  for (const auto& [name, value] : named->items()) {
    values.push_back(runlog::to_double(value));
    names.push_back(name);
  }
  const int64_t iteration = integer_at(p, "iteration");
  put_step(uid, seq, iteration, layout(names), values);
}

void Applier::put_step(const std::string& uid, uint64_t seq, int64_t iteration, const Layout& named,
                       std::span<const double> values) {
  Attempt& writer = attempt(uid);
  db_.prepare("INSERT INTO tail(attempt_id, seq, iteration, layout_id, vals) VALUES(?,?,?,?,?)")
      .bind(writer.id, static_cast<int64_t>(seq), iteration, named.id, values)
      .run();
  writer.first_step = writer.stepped ? std::min(writer.first_step, iteration) : iteration;
  writer.end_iteration = iteration;
  writer.touched = true;
  if (last_iteration_ == INT64_MIN) {
    auto statement = db_.prepare("SELECT iteration FROM run WHERE id = ?");
    statement.bind(run_);
    last_iteration_ = statement.step() ? statement.integer(0) : -1;
  }
  // Values arrive in order almost always; a repeated or earlier iteration makes the summaries start over.
  const bool fresh = !writer.stepped;
  rebuild_ = rebuild_ || iteration < last_iteration_ || (fresh && iteration <= last_iteration_);
  for (size_t i = 0; i < values.size(); ++i) {
    Accumulator& sum = *named.sums[i];
    if (sum.last_iteration >= iteration && sum.n + sum.n_nonfinite > 0) rebuild_ = true;
    sum.add(iteration, values[i]);
  }
  writer.stepped = true;
  last_iteration_ = iteration;
}

}  // namespace rlreason::store
