// A prepared dataset: a published folder with data.jsonl (one Prompt a line) and manifest.json.
//
// Not here: how it is made (datasets/prepare.h).  load() verifies sizes and digests, so a changed byte is a DataError.
// Thread safety: a value; load() only reads.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/prompt.h"

namespace rlreason::data {

inline constexpr const char* kDataFile = "data.jsonl";
inline constexpr const char* kManifestFile = "manifest.json";

struct Dataset {
  std::string name;
  std::string digest;  // sha256 hex of data.jsonl
  std::vector<Prompt> prompts;
  nlohmann::json manifest;  // what prepare() wrote: counts, sources, licence, verifiers, settings

  // DataError: missing, damaged, a malformed line (file:line) or no rows.
  static Dataset load(const std::filesystem::path& folder);
};

}  // namespace rlreason::data
