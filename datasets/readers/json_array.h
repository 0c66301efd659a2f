// One JSON array of objects, read element by element: memory is that of one element, not of the file.
//
// Element boundaries are found by counting brackets outside strings; each element is then parsed strictly (core/json.h).
// Errors: DataError "file: element 7 (line 12): ..." for malformed text, an element above 16 MiB, something that is no object,
// a missing end, or text behind it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "datasets/readers/bytes.h"
#include "datasets/readers/records.h"

namespace rlreason::data {

class JsonArrayReader : public Records {
 public:
  JsonArrayReader(std::string name, BufferedBytes bytes) : file_(std::move(name)), bytes_(std::move(bytes)) {}
  bool next(nlohmann::json& object) override;
  int64_t number() const override { return element_; }
  std::string_view unit() const override { return "element"; }
  std::string where() const override;

 private:
  int get();
  int next_visible();  // skips white space; not consumed
  void element_text();
  void finish();
  [[noreturn]] void fail(std::string_view what) const;

  std::string file_, text_;
  BufferedBytes bytes_;
  int64_t element_ = 0, line_ = 1;
  bool done_ = false;
};

}  // namespace rlreason::data
