// Tests that read files of records: all of a file, or why it is refused.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "datasets/readers/records.h"
#include "tests/datasets/scratch.h"

namespace rlreason::data {

class ReadingTest : public ScratchTest {
 protected:
  static std::vector<nlohmann::json> read(const std::filesystem::path& file) {
    const auto records = open_records(file);
    std::vector<nlohmann::json> all;
    for (nlohmann::json object; records->next(object);) all.push_back(object);
    return all;
  }
  // The error's text; empty when nothing was refused.
  static std::string refused(const std::filesystem::path& file) {
    try {
      read(file);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }
};

}  // namespace rlreason::data
