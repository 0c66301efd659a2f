#include "core/store/published.h"

#include "core/error.h"
#include "core/store/internal.h"
#include "core/store/payload.h"

namespace rlreason::store {

void put_published(Store& store, const std::vector<PublishedRow>& rows) {
  for (const auto& row : rows)
    for (const auto* text : {&row.source, &row.locator, &row.system, &row.benchmark, &row.metric})
      if (text->empty())
        throw UserError(
            "published row: required source, locator, system, benchmark and metric, '{}', '{}', "
            "'{}', '{}', '{}' came",
            row.source, row.locator, row.system, row.benchmark, row.metric);
  Connection& db = store.connection();
  WriteTransaction transaction(db);
  for (const auto& row : rows)
    db.prepare(
          "INSERT INTO published(source, source_version, locator, system, base_model, benchmark, "
          "metric, k, value, uncertainty, uncertainty_kind, n_seeds, protocol, file_digest, "
          "checked_by) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(source, source_version, "
          "locator, system, benchmark, metric, k) DO UPDATE SET base_model = excluded.base_model, "
          "value = excluded.value, uncertainty = excluded.uncertainty, uncertainty_kind = "
          "excluded.uncertainty_kind, n_seeds = excluded.n_seeds, protocol = excluded.protocol, "
          "file_digest = excluded.file_digest, checked_by = excluded.checked_by")
        .bind(row.source, row.source_version, row.locator, row.system, row.base_model,
              row.benchmark, row.metric, row.k, row.value, row.uncertainty, row.uncertainty_kind,
              row.n_seeds, dump(row.protocol), row.file_digest, row.checked_by)
        .run();
  transaction.commit();
}

std::vector<PublishedRow> published(const Store& store, const PublishedFilter& filter) {
  std::vector<PublishedRow> rows;
  auto s = store.connection().prepare(
      "SELECT source, source_version, locator, system, base_model, benchmark, metric, k, value, "
      "uncertainty, uncertainty_kind, n_seeds, protocol, file_digest, checked_by FROM published "
      "WHERE (?1 = '' OR source = ?1) AND (?2 = '' OR system = ?2) AND (?3 = '' OR benchmark = ?3) "
      "ORDER BY id");
  s.bind(filter.source, filter.system, filter.benchmark);
  while (s.step()) {
    PublishedRow row{.source = s.text(0),
                     .source_version = s.text(1),
                     .locator = s.text(2),
                     .system = s.text(3),
                     .base_model = s.text(4),
                     .benchmark = s.text(5),
                     .metric = s.text(6),
                     .k = s.integer(7),
                     .uncertainty_kind = s.text(10),
                     .protocol = nlohmann::json::parse(s.text(12), nullptr, false),
                     .file_digest = s.text(13),
                     .checked_by = s.text(14)};
    if (!s.null(8)) row.value = s.real(8);
    if (!s.null(9)) row.uncertainty = s.real(9);
    if (!s.null(11)) row.n_seeds = s.integer(11);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace rlreason::store
