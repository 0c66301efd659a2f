// The rows of one dataset on their way to disk: batches are judged in parallel, then counted, listed and written in order.
//
// Not here: where rows come from (datasets/sources), the folder around the files (datasets/prepare.h).
// Errors: DataError for a bad demonstration under the policy `error`, and from finish() when no row came through; DiskError.
// Thread safety: one user.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/process/io.h"
#include "datasets/judged.h"
#include "datasets/overlap.h"
#include "datasets/prepare.h"

namespace rlreason::data {

// Writes one JSON value a line, in blocks.
class LineFile {
 public:
  explicit LineFile(const std::filesystem::path& file) : file_(process::OutputFile::create(file)) {}
  void add(const nlohmann::json& value);
  void close();

 private:
  void flush();
  process::OutputFile file_;
  std::string block_;
};

class Preparation {
 public:
  Preparation(const PrepareConfig& config, PreparedSummary& summary, const std::filesystem::path& folder,
              PrepareProgress progress = {});

  bool add(SourceRow row);  // false: enough
  void finish();
  nlohmann::json overlap() const { return overlap_.report(); }
  std::vector<std::string> verifiers() const { return {verifiers_.begin(), verifiers_.end()}; }

 private:
  void judge_pending();
  void accept(JudgedRow judged);
  void take_demonstrations(JudgedRow& judged);
  void note(const Prompt& prompt);
  void reject(const SourceRow& row, std::string_view what, const std::string& reason);

  const PrepareConfig& config_;
  PreparedSummary& summary_;
  LineFile data_, rejected_;
  OverlapCheck overlap_;
  std::vector<SourceRow> pending_;
  std::unordered_set<std::string> ids_;
  std::set<std::string> verifiers_;
  std::string first_reason_;
  PrepareProgress progress_;
};

}  // namespace rlreason::data
