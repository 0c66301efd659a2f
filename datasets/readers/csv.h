// CSV as a stream of JSON objects: RFC 4180 with a header line, quoted fields over several lines, CRLF or LF.
//
// Every value is a string; a field that is missing at the end of a row is absent.  The file is read whole.
// Errors: DataError "file:line: ..." for an unclosed quote, text after a closing quote, more fields than the header has, a
// header with an empty or repeated name, invalid UTF-8, a file above 256 MiB.
// Thread safety: one user.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/readers/records.h"

namespace rlreason::data {

class CsvRecords : public Records {
 public:
  explicit CsvRecords(const std::filesystem::path& file);
  bool next(nlohmann::json& object) override;
  int64_t number() const override { return line_; }  // where the last row begins
  std::string_view unit() const override { return "line"; }
  std::string where() const override { return file_ + ":" + std::to_string(line_); }

 private:
  bool row(std::vector<std::string>& fields);
  std::string field();

  std::string file_, text_;
  std::vector<std::string> header_;
  size_t at_ = 0;
  int64_t line_ = 0, newlines_ = 0;
};

}  // namespace rlreason::data
