// Which prompts of a dataset occur twice, in another of its splits, or in data given with `against`; and which share long runs of
// words with that data, in their prompts or their demonstrations.
//
// Equality is that of PromptSet (datasets/generated.h): by key, else exact after case and white space.  Runs of words are those of
// GramIndex (datasets/fingerprints.h).  Paraphrases are missed.
// Thread safety: one user.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "datasets/fingerprints.h"
#include "datasets/generated.h"
#include "datasets/prompt.h"

namespace rlreason::data {

struct PrepareConfig;

enum class Overlap { none, repeated, elsewhere };

class OtherData {
 public:
  OtherData(std::string name, GramSizes sizes) : name_(std::move(name)), grams_(sizes) {}
  void add(const Prompt& prompt);
  void close() { grams_.prune(ids_.size()); }  // after the last prompt
  const std::string& name() const { return name_; }
  size_t size() const { return ids_.size(); }

 private:
  friend class OverlapCheck;
  std::string name_;
  PromptSet prompts_;
  GramIndex grams_;
  std::vector<std::string> ids_;
};
// `against` and `against_blocks` of a configuration: dataset folders, files read like the source, generated prompts.
std::vector<OtherData> load_others(const PrepareConfig& config);

class OverlapCheck {
 public:
  explicit OverlapCheck(std::vector<OtherData> others) : others_(std::move(others)) {}
  // `elsewhere` wins over `repeated`; runs of words do not count here.
  Overlap note(const Prompt& prompt);
  // One entry for each other data or split, empty ones of `against` included so that "none" is visible:
  // {with, rows, examples: [{id, other}] (at most 20)} and, for `against`, {of, items, prompt_rows, prompt_items,
  // demonstration_rows, demonstration_items, item_ids (at most 2000)}: rows of this dataset and items of the other one that are
  // equal, share a run between prompts, or a run between our demonstrations and their prompts.
  nlohmann::json report() const;

 private:
  struct Finding {
    int64_t rows = 0, prompt_rows = 0, demonstration_rows = 0;
    std::set<std::string> items, prompt_items, demonstration_items;
    nlohmann::json examples = nlohmann::json::array();
  };
  Finding& find(const std::string& with, const std::string& id, const std::string& other);
  void note_runs(const OtherData& other, const Prompt& prompt);

  std::vector<OtherData> others_;
  std::unordered_map<std::string, std::pair<std::string, std::string>> seen_;  // canonical text -> id, split
  std::map<std::string, Finding> findings_;
};

// Sentences for the foot of a table that evaluates on data which the dataset of this manifest overlaps with; empty when none was
// found or nothing was compared.
std::vector<std::string> overlap_footnotes(const nlohmann::json& manifest);

}  // namespace rlreason::data
