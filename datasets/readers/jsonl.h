// JSON Lines, one object a line, read as a stream with bounds.
//
// Blank lines and a byte-order mark are skipped; CRLF is accepted.  Not a database: one pass, in order.
// Errors: DataError "file:line: ..." for a malformed line, invalid UTF-8, a line above 16 MiB or no object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "datasets/readers/bytes.h"
#include "datasets/readers/records.h"

namespace rlreason::data {

class JsonlReader : public Records {
 public:
  explicit JsonlReader(const std::filesystem::path& file);
  JsonlReader(std::string name, BufferedBytes bytes);
  bool next(nlohmann::json& object) override;
  int64_t number() const override { return line_; }
  std::string_view unit() const override { return "line"; }
  std::string where() const override;

 private:
  std::string file_, text_;
  BufferedBytes bytes_;
  int64_t line_ = 0;
};

// "a.b.0.c": members by name, list elements by number; nullptr when a step is absent.
const nlohmann::json* at_path(const nlohmann::json& value, std::string_view path);

}  // namespace rlreason::data
