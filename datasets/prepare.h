// From a source (a generated task, GSM8K's JSONL, any JSONL) to a verified dataset folder.
//
// Each gold must verify itself; each demonstration is judged by the row's verifier and, when wrong or longer than
// `max_demonstration_bytes`, treated by policy; rejected rows go to rejected.jsonl with source line and reason.
// The folder is published whole or not at all (core/process): data.jsonl, rejected.jsonl, manifest.json.
// Errors: UserError for settings, DataError for a source without a usable row or a policy of `error`, DiskError.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "datasets/prepare_config.h"

namespace rlreason::data {

struct PreparedSummary {
  std::string name, digest;
  int64_t read = 0, rows = 0, rejected = 0, redrawn = 0;
  int64_t demonstrations = 0, demonstrations_wrong = 0, demonstrations_too_long = 0, demonstrations_unscored = 0;
  int64_t repeated = 0;  // rows whose prompt came before in this dataset
  int64_t overlapping = 0;  // rows whose prompt is in another split or in `against`
  nlohmann::json manifest;  // the facts in manifest.json
};

// Told now and then how many rows are read and how many came through.
using PrepareProgress = std::function<void(int64_t read, int64_t rows)>;

PreparedSummary prepare(const PrepareConfig& config, const std::filesystem::path& folder,
                        const PrepareProgress& progress = {});

}  // namespace rlreason::data
