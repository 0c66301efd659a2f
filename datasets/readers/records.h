// Any data file as a stream of JSON objects: JSON lines, a JSON array, either of them packed (zip, gzip), or Parquet.
//
// What a file holds is decided by its first bytes, not by its name.  "archive.zip/member" names one member of an archive that
// has several.  Not here: which member of an object is the prompt (datasets/readers/rows.h).
// Errors: DataError with where() for malformed text, invalid UTF-8, a record above 16 MiB, something that is no object.
// Thread safety: one user.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace rlreason::data {

inline constexpr size_t kMostRecordBytes = size_t{16} << 20;

class Records {
 public:
  virtual ~Records() = default;
  virtual bool next(nlohmann::json& object) = 0;  // false at the end
  virtual int64_t number() const = 0;             // of the last object, from 1
  virtual std::string_view unit() const = 0;      // what is counted: line, element, row
  virtual std::string where() const = 0;          // "file:7", "file: element 7", "file: row 7"
};

std::unique_ptr<Records> open_records(const std::filesystem::path& file);

// The file on disk that a path names: the archive of "archive.zip/member", otherwise the path itself.
std::filesystem::path container_of(const std::filesystem::path& path);

}  // namespace rlreason::data
