// A person's own SELECT over the store: read-only, one statement, bounded rows and time.
//
// Three locks: the file is opened read-only, query_only is on, and an authorizer refuses everything but reading (no ATTACH,
// no PRAGMA, no functions that touch files).  The tables are those of schema.h; they may grow columns, so name the ones
// you want.
// Errors: UserError (not one reading statement, SQLite's sentence), DeadlineError, StoreError.
// Thread safety: pure; each call opens the store anew.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rlreason::store {

struct SqlLimits {
  int64_t rows = 1000;
  std::chrono::milliseconds time = std::chrono::seconds(30);
};

struct SqlAnswer {
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::json>> rows;  // null, number, text; a blob is {"blob_bytes": n}
  bool more = false;                              // the limit cut it
};

SqlAnswer answer_sql(const std::filesystem::path& store, const std::string& sql,
                     const SqlLimits& limits = {});

}  // namespace rlreason::store
