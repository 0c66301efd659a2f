// Fields of JSON that came from a run directory: absent ones have a default, ill-typed ones are a DataError.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"

namespace rlreason::store {

// A compact text of any JSON value; invalid UTF-8 becomes U+FFFD.
inline std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline const nlohmann::json* member(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) throw DataError("required an object, {} came", object.type_name());
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

inline std::string text_at(const nlohmann::json& object, const char* key,
                           const std::string& otherwise = "") {
  const auto* value = member(object, key);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) throw DataError("{}: required a text, {} came", key, value->type_name());
  return value->get<std::string>();
}

inline int64_t integer_at(const nlohmann::json& object, const char* key, int64_t otherwise = 0) {
  const auto* value = member(object, key);
  if (value == nullptr) return otherwise;
  if (!value->is_number_integer())
    throw DataError("{}: required an integer, {} came", key, value->type_name());
  return value->get<int64_t>();
}

// Texts stay texts, other values become JSON.
inline std::string text_or_dump_at(const nlohmann::json& object, const char* key) {
  const auto* value = member(object, key);
  if (value == nullptr) return "";
  return value->is_string() ? value->get<std::string>() : dump(*value);
}

}  // namespace rlreason::store
