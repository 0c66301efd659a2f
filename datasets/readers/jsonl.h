// JSON Lines, one object a line, read as a stream with bounds.
//
// Blank lines and a byte-order mark are skipped; CRLF is accepted.  Not a database: one pass, in order.
// Errors: DataError "file:line: ..." for a malformed line, invalid UTF-8, a line above 16 MiB or no object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data {

class JsonlReader {
 public:
  explicit JsonlReader(const std::filesystem::path& file);
  bool next(nlohmann::json& object);        // false at the end
  int64_t line() const { return line_; }    // of the last object, from 1
  std::string where() const;                // "file:line"

 private:
  std::string file_;
  std::ifstream stream_;
  std::vector<char> buffer_;
  int64_t line_ = 0;
};

// "a.b.0.c": members by name, list elements by number; nullptr when a step is absent.
const nlohmann::json* at_path(const nlohmann::json& value, std::string_view path);

}  // namespace rlreason::data
