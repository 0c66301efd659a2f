// Parquet files as records, read by a child program (rlreason-parquet) under limits, so that a hostile file harms only the child.
//
// The child gets 2 GiB of address space, 60 s of processor time, at most 16 MiB a row and 8 GiB of output.  When it crashes, runs
// into a limit or cannot read the file, the caller gets one sentence.  Not here: Arrow (datasets/parquet, only in that program).
// Errors: DataError for the file, UserError when the program was not built.
// Thread safety: functions; a Records has one user.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "datasets/readers/records.h"

namespace rlreason::data {

std::unique_ptr<Records> open_parquet(const std::filesystem::path& file);

struct ParquetExport {
  std::string dataset_name{};  // data_source of rows without a category
  std::string ability = "math";
  std::string system{};  // a system message in front; empty: none
};
// A prepared dataset's data.jsonl as one Parquet file with verl's columns; RefusedError when `target` exists.
int64_t export_parquet(const std::filesystem::path& data_jsonl, const ParquetExport& how, const std::filesystem::path& target);

}  // namespace rlreason::data
