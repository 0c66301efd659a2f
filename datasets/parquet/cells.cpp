#include "datasets/parquet/cells.h"

#include <arrow/api.h>

#include <cmath>

#include "core/error.h"
#include "core/utf8.h"

namespace rlreason::data {
namespace {

using arrow::Type;
using nlohmann::json;

json text_json(std::string_view text) {
  if (const size_t bad = utf8::first_invalid(text); bad != std::string_view::npos)
    throw DataError("required UTF-8, byte {} of a text is not; convert the file", bad + 1);
  return json(text);
}

template <class ArrayType>
json number_json(const arrow::Array& column, int64_t row) {
  return json(static_cast<const ArrayType&>(column).Value(row));
}

template <class ArrayType>
json view_json(const arrow::Array& column, int64_t row) {
  return text_json(static_cast<const ArrayType&>(column).GetView(row));
}

// JSON has no infinities and no NaN.
json real_json(double value) { return std::isfinite(value) ? json(value) : json(); }

template <class ListType>
json list_json(const arrow::Array& column, int64_t row) {
  const auto& list = static_cast<const ListType&>(column);
  json items = json::array();
  const int64_t begin = list.value_offset(row), count = list.value_length(row);
  for (int64_t i = 0; i < count; ++i) items.push_back(cell_json(*list.values(), begin + i));
  return items;
}

json struct_json(const arrow::Array& column, int64_t row) {
  const auto& value = static_cast<const arrow::StructArray&>(column);
  json members = json::object();
  for (int i = 0; i < value.num_fields(); ++i)
    members[value.struct_type()->field(i)->name()] = cell_json(*value.field(i), row);
  return members;
}

json map_json(const arrow::Array& column, int64_t row) {
  const auto& map = static_cast<const arrow::MapArray&>(column);
  json entries = json::array();
  for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i)
    entries.push_back({{"key", cell_json(*map.keys(), i)}, {"value", cell_json(*map.items(), i)}});
  return entries;
}

json written_out(const arrow::Array& column, int64_t row) {
  const auto scalar = column.GetScalar(row);
  if (!scalar.ok())
    throw DataError("required readable values, '{}' came; write the file again",
                    scalar.status().ToString());
  return text_json((*scalar)->ToString());
}

json number_cell(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case Type::BOOL:
      return number_json<arrow::BooleanArray>(column, row);
    case Type::INT8:
      return number_json<arrow::Int8Array>(column, row);
    case Type::INT16:
      return number_json<arrow::Int16Array>(column, row);
    case Type::INT32:
      return number_json<arrow::Int32Array>(column, row);
    case Type::INT64:
      return number_json<arrow::Int64Array>(column, row);
    case Type::UINT8:
      return number_json<arrow::UInt8Array>(column, row);
    case Type::UINT16:
      return number_json<arrow::UInt16Array>(column, row);
    case Type::UINT32:
      return number_json<arrow::UInt32Array>(column, row);
    case Type::UINT64:
      return number_json<arrow::UInt64Array>(column, row);
    case Type::FLOAT:
      return real_json(static_cast<const arrow::FloatArray&>(column).Value(row));
    case Type::DOUBLE:
      return real_json(static_cast<const arrow::DoubleArray&>(column).Value(row));
    default:
      return written_out(column, row);  // times, decimals
  }
}

json dictionary_json(const arrow::Array& column, int64_t row) {
  const auto& coded = static_cast<const arrow::DictionaryArray&>(column);
  const int64_t index = coded.GetValueIndex(row);
  if (index < 0 || index >= coded.dictionary()->length())
    throw DataError("required a value of the dictionary, number {} came; write the file again",
                    index);
  return cell_json(*coded.dictionary(), index);
}

}  // namespace

json cell_json(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) return nullptr;
  switch (column.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return view_json<arrow::BinaryArray>(column, row);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return view_json<arrow::LargeBinaryArray>(column, row);
    case Type::LIST:
      return list_json<arrow::ListArray>(column, row);
    case Type::LARGE_LIST:
      return list_json<arrow::LargeListArray>(column, row);
    case Type::FIXED_SIZE_LIST:
      return list_json<arrow::FixedSizeListArray>(column, row);
    case Type::STRUCT:
      return struct_json(column, row);
    case Type::MAP:
      return map_json(column, row);
    case Type::DICTIONARY:
      return dictionary_json(column, row);
    case Type::NA:
      return nullptr;
    default:
      return number_cell(column, row);
  }
}

}  // namespace rlreason::data
