// One cell of an Arrow column as JSON: lists, structs, maps and dictionaries nest; times and decimals become text.
//
// Only in rlreason-parquet.  Errors: DataError for text that is not UTF-8 and for types without a JSON form.
// Thread safety: pure function.
#pragma once

#include <arrow/array.h>

#include <nlohmann/json.hpp>

namespace rlreason::data {

nlohmann::json cell_json(const arrow::Array& column, int64_t row);

}  // namespace rlreason::data
