#include "datasets/readers/records.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/readers/bytes.h"
#include "datasets/readers/gzip.h"
#include "datasets/readers/json_array.h"
#include "datasets/readers/jsonl.h"
#include "datasets/readers/parquet.h"
#include "datasets/readers/zip.h"

namespace rlreason::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMagicBytes = 64;

std::unique_ptr<Records> text_records(const std::string& name, BufferedBytes bytes) {
  const std::string_view ahead = bytes.ahead(kMagicBytes);
  const size_t first = ahead.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != std::string_view::npos && ahead[first] == '[')
    return std::make_unique<JsonArrayReader>(name, std::move(bytes));
  return std::make_unique<JsonlReader>(name, std::move(bytes));
}

}  // namespace

fs::path container_of(const fs::path& path) {
  std::error_code failure;
  for (fs::path part = path; part.has_relative_path(); part = part.parent_path())
    if (fs::exists(part, failure)) return fs::is_regular_file(part, failure) ? part : path;
  return path;
}

std::unique_ptr<Records> open_records(const fs::path& file) {
  const fs::path container = container_of(file);
  const std::string member = container == file ? "" : file.lexically_relative(container).string();
  BufferedBytes bytes(open_file(container));
  const std::string_view magic = bytes.ahead(4);
  if (magic == "PK\x03\x04" || magic == "PK\x05\x06")
    return text_records(file.string(), BufferedBytes(open_zip_member(container, member)));
  if (!member.empty())
    throw DataError(
        "{}: required a zip archive to look for '{}' in, another file came; check the path",
        container.string(), member);
  if (magic.starts_with("\x1f\x8b"))
    return text_records(file.string(), BufferedBytes(open_gzip(container)));
  if (magic == "PAR1") return open_parquet(container);
  return text_records(file.string(), std::move(bytes));
}

}  // namespace rlreason::data
