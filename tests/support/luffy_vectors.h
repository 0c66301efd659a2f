// The vectors of tests/vectors/luffy.json by id: inputs and results of the released LUFFY code's formulas.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace rlreason::train {

inline const nlohmann::json& luffy_vectors() {
  static const nlohmann::json file = nlohmann::json::parse(
      std::ifstream(std::string(RLR_SOURCE_DIR) + "/tests/vectors/luffy.json"));
  return file;
}

inline const nlohmann::json& vector_of(const std::string& id) {
  for (const nlohmann::json& own : luffy_vectors().at("vectors"))
    if (own.at("id") == id) return own;
  throw std::runtime_error("no vector " + id);
}

}  // namespace rlreason::train
