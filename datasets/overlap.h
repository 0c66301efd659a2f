// Which prompts of a dataset occur twice, in another of its splits, or in data given with `against`.
//
// Equality is that of canonical_prompt (datasets/generated.h): exact after case and white space, so paraphrases are missed.
// Thread safety: one user.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "datasets/generated.h"
#include "datasets/prompt.h"

namespace rlreason::data {

struct PrepareConfig;

enum class Overlap { none, repeated, elsewhere };

struct OtherData {
  std::string name;
  PromptSet prompts;
};
// `against` of a configuration: dataset folders, or files read like the source.
std::vector<OtherData> load_others(const PrepareConfig& config);

class OverlapCheck {
 public:
  explicit OverlapCheck(std::vector<OtherData> others) : others_(std::move(others)) {}
  // `elsewhere` wins over `repeated`.
  Overlap note(const Prompt& prompt);
  // [{with, rows, examples: [{id, other}] (at most 20)}], one entry for each other data or split; empty lists included
  // for `against`, so that "none" is visible.
  nlohmann::json report() const;

 private:
  struct Finding {
    int64_t rows = 0;
    nlohmann::json examples = nlohmann::json::array();
  };
  void find(const std::string& with, const std::string& id, const std::string& other);

  std::vector<OtherData> others_;
  std::unordered_map<std::string, std::pair<std::string, std::string>> seen_;  // canonical text -> id, split
  std::map<std::string, Finding> findings_;
};

}  // namespace rlreason::data
