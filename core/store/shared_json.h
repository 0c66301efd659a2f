// A JSON value that many owners read and nobody changes: copies share it.
//
// For values of which a store holds few different ones, such as the flags of samples.  Not a way to change a value in
// place: assign another one.  Thread safety: as std::shared_ptr<const T>; the value itself may be read from any thread.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

namespace rlreason::store {

class SharedJson {
 public:
  SharedJson() = default;  // null
  SharedJson(nlohmann::json value)
      : value_(std::make_shared<const nlohmann::json>(std::move(value))) {}
  SharedJson(nlohmann::json::initializer_list_t members)
      : SharedJson(nlohmann::json(members)) {}  // {{"name", value}, ...}, as for nlohmann::json

  const nlohmann::json& operator*() const { return value_ ? *value_ : null(); }
  const nlohmann::json* operator->() const { return &**this; }
  operator const nlohmann::json&() const { return **this; }
  friend bool operator==(const SharedJson& a, const SharedJson& b) {
    return a.value_ == b.value_ || *a == *b;
  }

 private:
  static const nlohmann::json& null() {
    static const nlohmann::json none;
    return none;
  }
  std::shared_ptr<const nlohmann::json> value_;
};

}  // namespace rlreason::store
