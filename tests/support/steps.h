// What a training run logged, for tests that compare runs.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "core/runlog/reader.h"

namespace rlreason::testing_support {

// Metric values by iteration, the last attempt's where iterations were repeated; times left out.
inline std::map<int64_t, nlohmann::json> steps_of(const std::filesystem::path& run) {
  std::map<int64_t, nlohmann::json> found;
  runlog::Reader reader(run);
  runlog::Cursor cursor;
  for (auto records = reader.read(cursor); !records.empty(); records = reader.read(cursor))
    for (const runlog::Record& record : records) {
      if (record.kind != runlog::Kind::step) continue;
      nlohmann::json values = record.payload.at("values");
      for (auto it = values.begin(); it != values.end();)
        it = it.key().starts_with("time/") ? values.erase(it) : std::next(it);
      found[record.payload.at("iteration")] = values;
    }
  EXPECT_TRUE(reader.problems().empty());
  return found;
}

}  // namespace rlreason::testing_support
