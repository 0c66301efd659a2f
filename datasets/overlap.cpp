#include "datasets/overlap.h"

#include <fmt/core.h>

#include "datasets/dataset.h"
#include "datasets/prepare.h"
#include "datasets/readers/rows.h"

namespace rlreason::data {
namespace {

constexpr size_t kMostExamples = 20;

}  // namespace

std::vector<OtherData> load_others(const PrepareConfig& config) {
  std::vector<OtherData> others;
  for (const std::string& path : config.against) {
    OtherData& other = others.emplace_back();
    other.name = std::filesystem::path(path).filename().string();
    const auto add = [&](const SourceRow& row) {
      if (!row.problem.empty()) return true;
      Prompt prompt = row.prompt;
      prompt.text = rendered(config, prompt.text, row.system);
      if (prompt.id.empty()) prompt.id = fmt::format("{}:{}", row.file, row.line);
      other.prompts.add(prompt);
      return true;
    };
    if (std::filesystem::is_directory(path)) {
      for (const Prompt& prompt : Dataset::load(path).prompts) other.prompts.add(prompt);
    } else if (config.source == "gsm8k") {
      read_gsm8k(path, false, add);
    } else {
      read_mapped(path, {.paths = config.map}, add);
    }
  }
  return others;
}

void OverlapCheck::find(const std::string& with, const std::string& id, const std::string& other) {
  Finding& finding = findings_[with];
  ++finding.rows;
  if (finding.examples.size() < kMostExamples)
    finding.examples.push_back({{"id", id}, {"other", other}});
}

Overlap OverlapCheck::note(const Prompt& prompt) {
  Overlap result = Overlap::none;
  for (const OtherData& other : others_)
    if (const std::string* id = other.prompts.find(prompt.text)) {
      find(other.name, prompt.id, *id);
      result = Overlap::elsewhere;
    }
  const auto [it, fresh] =
      seen_.try_emplace(canonical_prompt(prompt.text), prompt.id, prompt.split);
  if (fresh) return result;
  const auto& [id, split] = it->second;
  if (split != prompt.split) {
    find("split " + split, prompt.id, id);
    return Overlap::elsewhere;
  }
  find("itself", prompt.id, id);
  return result == Overlap::none ? Overlap::repeated : result;
}

nlohmann::json OverlapCheck::report() const {
  nlohmann::json report = nlohmann::json::array();
  const auto add = [&](const std::string& with, const Finding& finding) {
    report.push_back({{"with", with}, {"rows", finding.rows}, {"examples", finding.examples}});
  };
  for (const OtherData& other : others_)
    if (!findings_.contains(other.name)) add(other.name, {});
  for (const auto& [with, finding] : findings_) add(with, finding);
  return report;
}

}  // namespace rlreason::data
