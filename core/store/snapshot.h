// Copies of a store for readers elsewhere, and bringing an older one up to date on purpose.
//
// A snapshot is complete and durable before it has its name, and replaces the last one at once; it is opened read-only.
// Errors: StoreError, DiskError; RefusedError when the snapshot would replace the store itself.
// Thread safety: pure; each call opens the store anew.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rlreason::store {

int64_t publish_snapshot(const std::filesystem::path& store,
                         const std::filesystem::path& file);  // its bytes

struct MigrationReport {
  int64_t from = 0, to = 0;    // versions of the schema
  std::filesystem::path copy;  // of the older store; empty when none was needed
};
MigrationReport migrate_store(
    const std::filesystem::path& store);  // REQUIRES (StoreError): it exists

}  // namespace rlreason::store
