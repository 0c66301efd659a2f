#include "core/store/snapshot.h"

#include "core/error.h"
#include "core/store/sqlite.h"

namespace rlreason::store {
namespace fs = std::filesystem;

int64_t publish_snapshot(const fs::path& store, const fs::path& file) {
  std::error_code error;
  if (fs::equivalent(store, file, error))
    throw RefusedError("{}: required another file than the store, itself came; name one beside it",
                       file.string());
  const Store source = Store::open(store, Mode::read_only);
  source.connection().copy_to(file);
  return static_cast<int64_t>(fs::file_size(file));
}

MigrationReport migrate_store(const fs::path& store) {
  if (!fs::exists(store))
    throw StoreError("{}: required a store, no such file; name one with --store", store.string());
  MigrationReport report{.from = stored_version(store), .to = schema_version(), .copy = {}};
  report.to = Store::open(store).connection().integer("PRAGMA user_version");
  const fs::path copy = fmt::format("{}.v{}", store.string(), report.from);
  if (report.from != report.to && fs::exists(copy)) report.copy = copy;
  return report;
}

}  // namespace rlreason::store
