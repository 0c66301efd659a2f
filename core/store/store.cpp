#include "core/store/store.h"

#include <fmt/core.h>
#include <unistd.h>

#include "core/error.h"
#include "core/store/internal.h"
#include "core/store/sqlite.h"

namespace rlreason::store {

Store::Store(std::unique_ptr<Connection> connection) : db_(std::move(connection)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open(const std::filesystem::path& path, Mode mode) {
  return Store(std::make_unique<Connection>(path, mode));
}

Store open_up_to_date(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  const bool writable = ::access(path.c_str(), W_OK) == 0 &&
                        ::access(folder.empty() ? "." : folder.c_str(), W_OK) == 0;
  if (!writable) return Store::open(path, Mode::read_only);
  std::optional<Store> opened;
  try {
    opened = Store::open(path);
  } catch (const StoreError& error) {  // a newer one that may be read, a full disk
    try {
      return Store::open(path, Mode::read_only);
    } catch (const StoreError&) {
      throw error;
    }
  }
  Store store = std::move(*opened);
  for (const auto state : {RunState::planned, RunState::running})
    for (const auto& row : store.runs({.state = state})) {
      std::error_code ignored;
      if (!std::filesystem::exists(std::filesystem::path(row.directory) / "run.json", ignored))
        continue;
      try {
        store.ingest(row.directory);
      } catch (const DataError&) {  // the row stays as it was
      }
    }
  return store;
}

const std::filesystem::path& Store::path() const { return db_->path(); }

std::optional<std::string> integrity_problem(Connection& db) {
  std::string found;
  auto pages = db.prepare("PRAGMA integrity_check(20)");
  while (pages.step())
    if (const auto line = pages.text(0); line != "ok") found += (found.empty() ? "" : "; ") + line;
  auto keys = db.prepare("PRAGMA foreign_key_check");
  while (keys.step())
    found += fmt::format("{}table {} row {} refers to a missing row of {}",
                         found.empty() ? "" : "; ", keys.text(0), keys.integer(1), keys.text(2));
  if (found.empty()) return std::nullopt;
  return found;
}

std::optional<std::string> Store::integrity_problem() const {
  return store::integrity_problem(*db_);
}

}  // namespace rlreason::store
