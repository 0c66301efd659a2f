// Numbers that others printed, as rows beside ours: where exactly, under which protocol.
//
// A row is known by (source, source_version, locator, system, benchmark, metric, k); putting it again replaces the rest.
// What the paper does not say stays empty: value, k, seeds and the protocol's fields may all be unknown.
// Errors: UserError (no source, locator, system, benchmark or metric), StoreError.
// Thread safety: as Store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct PublishedRow {
  std::string source = {};          // e.g. "arXiv:2504.14945"
  std::string source_version = {};  // e.g. "v2"
  std::string locator = {};         // e.g. "table 1"
  std::string system = {}, base_model = {}, benchmark = {}, metric = {};
  int64_t k = 0;  // samples an item, 0: not said
  std::optional<double> value = {}, uncertainty = {};
  std::string uncertainty_kind = {};  // "sd over seeds", "95%", ...
  std::optional<int64_t> n_seeds = {};
  nlohmann::json protocol = nlohmann::json::object();
  std::string file_digest = {};  // of the file the row came from
  std::string checked_by = {};
};

struct PublishedFilter {  // an empty text means any
  std::string source = {}, system = {}, benchmark = {};
};

void put_published(Store& store, const std::vector<PublishedRow>& rows);  // one transaction
std::vector<PublishedRow> published(const Store& store, const PublishedFilter& filter = {});

}  // namespace rlreason::store
