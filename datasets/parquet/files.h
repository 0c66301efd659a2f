// The two jobs of rlreason-parquet: rows of a Parquet file as JSON lines, and a prepared dataset as a Parquet file.
//
// Only in that program.  Written columns are verl's: data_source, prompt (list of {content, role}), ability,
// reward_model {ground_truth, style}, extra_info {index, split}, target (list of {content, role}, one an own demonstration).
// Source: verl and LUFFY's published files (members of a struct in alphabetical order, Snappy, one row group a 64k rows).
// Errors: DataError for a file that cannot be read, RefusedError for a target that exists, DiskError.
// Thread safety: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>

#include "datasets/parquet/limits.h"
#include "datasets/readers/parquet.h"

namespace rlreason::data {

// One JSON object a row on `descriptor`.
void parquet_to_jsonl(const std::filesystem::path& file, const ParquetLimits& limits, int descriptor);
// Returns the rows.
int64_t jsonl_to_parquet(const std::filesystem::path& data_jsonl, const ParquetExport& how, const std::filesystem::path& target);

}  // namespace rlreason::data
